package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

func TestAModelIsTrainedByAPyTorchJobAndServedFromItsVolume(t *testing.T) {
	t.Parallel()
	namespace := openShop(t)
	train(t, namespace, training{"first", "2025-01-27", "/data/first/1"})
	namespace.Apply(t, "predictor", map[string]any{"ModelDir": "/data/first/1"})

	namespace.AwaitCondition(t, inferenceService, "recommender", "Ready", "True")

	v1 := predictV1(t, namespace)
	require.Equal(t, "recommender", v1.ModelName)
	require.Equal(t, "1", v1.ModelVersion)
	require.Len(t, v1.Predictions, 2)
	require.Equal(t, "blend", v1.Predictions[0].Strategy)
	require.Equal(t, "popularity", v1.Predictions[1].Strategy, "a shopper that the model does not know")
	require.Equal(t, v1.itemsOf(0), predictV2(t, namespace), "both protocols give the same items")

	namespace.Delete(t, inferenceService, "recommender")
	namespace.AwaitNoPod(t, metav1.ListOptions{LabelSelector: "serving.kserve.io/inferenceservice=recommender"})
}

func TestAModelIsTrainedByATrainJob(t *testing.T) {
	t.Parallel()
	namespace := openShop(t)
	namespace.Apply(t, "trainjob-trainer", nodesTraining{"first", "2025-01-27", "/data/first/1", 1})

	namespace.AwaitCondition(t, trainJob, "first", "Complete", "True")

	namespace.Start(t, withVolume(testcluster.Probe("reader", "read", "/data/first/1/config.json"), "daybreak-data"))
	require.Contains(t, namespace.Output(t, "reader"), `"as_of": "2025-01-27"`)
}

func TestTheRuntimeOfTheModelsFormatServesItAndMovesToTheNextWithoutAFailedRequest(t *testing.T) {
	t.Parallel()
	namespace := openShop(t)
	train(t, namespace, training{"first", "2025-01-27", "/data/first/1"})
	train(t, namespace, training{"second", "2025-02-03", "/data/second/2"})
	namespace.Apply(t, "runtime-daybreak", nil)
	serve := func(path string) {
		namespace.Apply(t, "inferenceservice-model", map[string]any{
			"Name": "recommender", "Format": "daybreak", "URI": "pvc://daybreak-data/" + path, "Replicas": 1,
		})
	}
	serve("first")
	namespace.AwaitCondition(t, inferenceService, "recommender", "Ready", "True")
	asker := startAsker(t, namespace, "asker", "http://recommender-predictor."+namespace.Name+".svc/v1/models/recommender:predict", "--body="+requestV1)

	serve("second")
	awaitPodsOfOneVersion(t, namespace, "recommender")
	counted := asker.await(t, "the second model", func(counted tally) bool { return counted.Versions["2"] > 50 })

	require.Zero(t, counted.Failed, "%d of %d failed: %v", counted.Failed, counted.Asked, counted.Failures)
	require.Positive(t, counted.Versions["1"])
	require.Equal(t, "2", predictV1(t, namespace).ModelVersion)
}

func TestAPodOfThePredictorThatIsDeletedFailsNoRequest(t *testing.T) {
	t.Parallel()
	namespace := openShop(t)
	train(t, namespace, training{"first", "2025-01-27", "/data/first/1"})
	namespace.Apply(t, "runtime-daybreak", nil)
	namespace.Apply(t, "inferenceservice-model", map[string]any{
		"Name": "recommender", "Format": "daybreak", "URI": "pvc://daybreak-data/first", "Replicas": 2,
	})
	namespace.AwaitCondition(t, inferenceService, "recommender", "Ready", "True")
	pods := metav1.ListOptions{LabelSelector: "serving.kserve.io/inferenceservice=recommender"}
	awaitReadyPods(t, namespace, pods, 2)
	asker := startAsker(t, namespace, "asker", "http://recommender-predictor."+namespace.Name+".svc/v1/models/recommender:predict", "--body="+requestV1)

	deleted := namespace.AwaitAnyPod(t, pods, func(*corev1.Pod) bool { return true })
	require.NoError(t, namespace.Client.CoreV1().Pods(namespace.Name).Delete(t.Context(), deleted.Name, metav1.DeleteOptions{}))
	namespace.AwaitNoPod(t, metav1.ListOptions{FieldSelector: "metadata.name=" + deleted.Name})
	awaitReadyPods(t, namespace, pods, 2)
	seen := asker.await(t, "the count", func(tally) bool { return true }).Asked
	counted := asker.await(t, "answers after it was gone", func(counted tally) bool { return counted.Asked > seen+50 })

	require.Zero(t, counted.Failed, "%d of %d failed: %v", counted.Failed, counted.Asked, counted.Failures)
}

// awaitReadyPods waits until so many pods of a list are there, and all of them ready.
func awaitReadyPods(t *testing.T, namespace *testcluster.Namespace, options metav1.ListOptions, count int) {
	t.Helper()
	require.Eventually(t, func() bool {
		pods, err := namespace.Client.CoreV1().Pods(namespace.Name).List(t.Context(), options)
		ready := 0
		for _, pod := range pods.Items {
			for _, condition := range pod.Status.Conditions {
				if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
					ready++
				}
			}
		}
		return err == nil && len(pods.Items) == count && ready == count
	}, testcluster.Patience, 200*time.Millisecond, "%d ready pods of %s", count, options.LabelSelector)
}

func TestAModelThatWasTamperedWithIsNotServedAndTheFileIsNamed(t *testing.T) {
	t.Parallel()
	namespace := openShop(t)
	train(t, namespace, training{"first", "2025-01-27", "/data/first/1"})
	tamper := withVolume(testcluster.Probe("tamper", "write", "/data/first/1/config.json", "{}"), "daybreak-data")
	namespace.Start(t, tamper)
	namespace.Output(t, "tamper")
	namespace.Apply(t, "predictor", map[string]any{"ModelDir": "/data/first/1"})

	pods := metav1.ListOptions{LabelSelector: "serving.kserve.io/inferenceservice=recommender"}
	pod := namespace.AwaitAnyPod(t, pods, func(pod *corev1.Pod) bool {
		logs, err := namespace.Logs(t.Context(), pod.Name, "kserve-container")
		return err == nil && logs != ""
	})
	namespace.AwaitLog(t, pod.Name, "kserve-container", "config.json")
	service := namespace.AwaitCondition(t, inferenceService, "recommender", "Ready", "False")
	require.Equal(t, "Deployment does not have minimum availability.", testcluster.Condition(service, "Ready")["message"])
}

// openShop makes a namespace with a volume on which a shop's events lie.
func openShop(t *testing.T) *testcluster.Namespace {
	t.Helper()
	namespace := cluster.Namespace(t)
	mapping, err := os.ReadFile("../events/mapping/simulated.yaml")
	require.NoError(t, err)
	_, err = namespace.Client.CoreV1().ConfigMaps(namespace.Name).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "daybreak-mapping"},
		Data:       map[string]string{"simulated.yaml": string(mapping)},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	namespace.Apply(t, "shop", nil)
	require.Contains(t, namespace.Output(t, "shop"), "2025-02-02")
	return namespace
}

// training is what testdata/training.yaml is given.
type training struct {
	Name, AsOf, ModelDir string
}

func train(t *testing.T, namespace *testcluster.Namespace, job training) {
	t.Helper()
	namespace.Apply(t, "training", job)
	namespace.AwaitCondition(t, pyTorchJob, job.Name, "Succeeded", "True")
	var summary struct {
		ModelDir string `json:"model_dir"`
		Items    int    `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(document(namespace.Output(t, job.Name+"-master-0"))), &summary))
	require.Equal(t, job.ModelDir, summary.ModelDir)
	require.Positive(t, summary.Items)
}

// document is the last JSON document of several lines in a container's output. What the program has logged may stand anywhere
// between: a container's two streams are read one beside the other.
func document(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		if !strings.HasPrefix(line, `{"time":`) {
			lines = append(lines, line)
		}
	}
	rest := "\n" + strings.Join(lines, "")
	return rest[max(0, strings.LastIndex(rest, "\n{\n")):]
}

// requestV1 asks for a shopper that the model knows, and for one that it doesn't.
const requestV1 = `{"instances":[{"user_id":"10001","k":5},{"user_id":"nobody","k":5}]}`

type answerV1 struct {
	ModelName    string `json:"model_name"`
	ModelVersion string `json:"model_version"`
	Predictions  []struct {
		Strategy string `json:"strategy"`
		Items    []struct {
			ItemID string `json:"item_id"`
		} `json:"items"`
	} `json:"predictions"`
}

func (a answerV1) itemsOf(instance int) []string {
	var items []string
	for _, item := range a.Predictions[instance].Items {
		items = append(items, item.ItemID)
	}
	return items
}

func predictV1(t *testing.T, namespace *testcluster.Namespace) answerV1 {
	t.Helper()
	var given answerV1
	require.NoError(t, namespace.Call(t, "recommender-predictor", 80, "v1/models/recommender:predict", requestV1, &given))
	return given
}

// predictV2 is the items for the shopper of requestV1 that the model knows.
func predictV2(t *testing.T, namespace *testcluster.Namespace) []string {
	t.Helper()
	request := `{"parameters":{"k":5},"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"data":["10001"]}]}`
	var given struct {
		Outputs []struct {
			Name string `json:"name"`
			Data []any  `json:"data"`
		} `json:"outputs"`
	}
	require.NoError(t, namespace.Call(t, "recommender-predictor", 80, "v2/models/recommender/infer", request, &given))
	var items []string
	for _, output := range given.Outputs {
		if output.Name == "item_id" {
			for _, item := range output.Data {
				items = append(items, item.(string))
			}
		}
	}
	return items
}

package handover_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
	"github.com/daybreak-ml/daybreak/pipelines/handover"
)

// kserve is a cluster in which an InferenceService that is applied is ready at once and answers with
// the version that it names; but one version, which never gets ready.
type kserve struct {
	handover.InferenceService
	damaged string
	stuck   string // where it isn't empty, the version of pods that won't go

	mutex   sync.Mutex
	applied []string // URIs, in their order
	serving string   // version
}

// short is long enough for the slowest of machines to ask once, and to be answered.
const short = 3 * time.Second

const damage = `ModelLoadFailed: fetch version 9 of "recommender": model.safetensors differs`

func startKServe(t *testing.T) *kserve {
	t.Helper()
	k := &kserve{damaged: "mlflow://recommender/9"}
	predictor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mutex.Lock()
		defer k.mutex.Unlock()
		require.Equal(t, "/v2/models/recommender", r.URL.Path)
		serving := k.serving
		if k.stuck != "" {
			serving = k.stuck
		}
		require.NoError(t, json.NewEncoder(w).Encode(map[string]any{"versions": []string{serving}}))
	}))
	t.Cleanup(predictor.Close)
	template, err := cluster.ReadTemplate("../../manifests/base/night/inferenceservice.yaml", "serving.kserve.io/v1beta1", "InferenceService")
	require.NoError(t, err)
	objects := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		cluster.InferenceServices: "InferenceServiceList", {Version: "v1", Resource: "pods"}: "PodList",
	})
	objects.PrependReactor("patch", "inferenceservices", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := action.(clienttesting.PatchActionImpl)
		require.Equal(t, types.ApplyPatchType, patch.GetPatchType())
		service := &unstructured.Unstructured{}
		require.NoError(t, json.Unmarshal(patch.GetPatch(), service))
		return true, service, k.reconcile(objects.Tracker(), service, predictor.URL)
	})
	k.InferenceService = handover.InferenceService{
		Cluster: cluster.Cluster{Objects: objects, Namespace: "daybreak"}, Template: template, Model: "recommender", Timeout: time.Minute,
	}
	return k
}

// reconcile does what KServe would.
func (k *kserve) reconcile(tracker clienttesting.ObjectTracker, service *unstructured.Unstructured, url string) error {
	uri, _, err := unstructured.NestedString(service.Object, "spec", "predictor", "model", "storageUri")
	if err != nil {
		return err
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.applied = append(k.applied, uri)
	if uri == k.damaged {
		service.Object["status"] = map[string]any{
			"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}, // of the version before
			"modelStatus": map[string]any{
				"transitionStatus": "BlockedByFailedLoad",
				"lastFailureInfo":  map[string]any{"reason": "ModelLoadFailed", "message": `fetch version 9 of "recommender": model.safetensors differs` + "\n"},
			},
		}
	} else {
		k.serving = uri[len("mlflow://recommender/"):]
		service.Object["status"] = map[string]any{
			"address":     map[string]any{"url": url},
			"conditions":  []any{map[string]any{"type": "Ready", "status": "True"}},
			"modelStatus": map[string]any{"transitionStatus": "UpToDate"},
		}
	}
	if len(k.applied) == 1 {
		return tracker.Create(cluster.InferenceServices, service, "daybreak")
	}
	return tracker.Update(cluster.InferenceServices, service, "daybreak")
}

func TestAnInferenceServiceIsAppliedWithTheVersionAndAnswersWithIt(t *testing.T) {
	k := startKServe(t)
	require.NoError(t, k.HandOver(t.Context(), "13"))
	require.NoError(t, k.HandOver(t.Context(), "14"))
	require.NoError(t, k.HandOver(t.Context(), "14"), "once more changes nothing")
	require.Equal(t, []string{"mlflow://recommender/13", "mlflow://recommender/14", "mlflow://recommender/14"}, k.applied)
}

func TestAnInferenceServiceIsTakenBackWhenItsVersionDoesNotLoad(t *testing.T) {
	t.Parallel()
	k := startKServe(t)
	require.NoError(t, k.HandOver(t.Context(), "8"))
	k.Timeout = short

	err := k.HandOver(t.Context(), "9")

	require.ErrorContains(t, err, "hand over version 9: InferenceService recommender: it does not serve the version within 3s")
	require.ErrorContains(t, err, damage)
	require.Equal(t, []string{"mlflow://recommender/8", "mlflow://recommender/9", "mlflow://recommender/8"}, k.applied)
}

func TestAServiceWhoseOldPodsStillAnswerIsNotTakenToServeTheVersion(t *testing.T) {
	t.Parallel()
	k := startKServe(t)
	k.stuck = "8"
	k.Timeout = short

	err := k.HandOver(t.Context(), "10")

	require.ErrorContains(t, err, `names version "8"`)
}

func TestTheFirstVersionThatDoesNotLoadStaysToBeLookedAt(t *testing.T) {
	t.Parallel()
	k := startKServe(t)
	k.Timeout = short
	require.ErrorContains(t, k.HandOver(t.Context(), "9"), damage)
	require.Equal(t, []string{"mlflow://recommender/9"}, k.applied)
}

package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/daybreak-ml/daybreak/e2e/cluster/component"
	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

// answerWithin bounds the wait for a component's first answer. One that dies is named at once: this is for a machine that is busy otherwise.
const answerWithin = 4 * time.Minute

// kubernetesPrograms are the names under which the combined binary is started.
var kubernetesPrograms = []string{
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl",
}

// LinkPrograms makes the folder of links to the built binaries.
func LinkPrograms(dir state.Dir, binaries map[string]string) error {
	if err := os.MkdirAll(dir.Programs(), 0o755); err != nil {
		return fmt.Errorf("make the folder of programs: %w", err)
	}
	links := map[string]string{"coredns": binaries["coredns"]}
	for _, name := range kubernetesPrograms {
		links[name] = binaries["kubernetes"]
	}
	for name, target := range links {
		link := dir.Path("programs", name)
		if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("replace the link %s: %w", name, err)
		}
		if err := os.Symlink(target, link); err != nil {
			return fmt.Errorf("link %s: %w", name, err)
		}
	}
	return nil
}

// ControlPlane is what serves the API and acts on it, in the order of its start.
// The API server comes before those that read its bootstrapped roles.
func ControlPlane(dir state.Dir) []component.Component {
	return []component.Component{etcd(dir), apiServer(dir), controllerManager(dir), scheduler(dir)}
}

// Node is what runs pods, in the order of its start. The provisioner is the
// command that provisions volumes.
func Node(dir state.Dir, provisioner []string) []component.Component {
	return []component.Component{
		{
			Name:    "containerd",
			Command: []string{"containerd", "--config", dir.Path("containerd.toml"), "--log-level", "info"},
			Answers: component.Socket("/run/containerd/containerd.sock"), Within: answerWithin,
		},
		{
			Name: "kubelet",
			Command: []string{
				dir.Path("programs", "kubelet"), "--config", dir.Path("kubelet.yaml"),
				"--kubeconfig", kubeconfigPath(dir, "kubelet"),
				"--hostname-override", Name, "--node-ip", isolation.NodeAddress,
			},
			Answers: func(ctx context.Context) error { return ready(ctx, dir) }, Within: answerWithin,
		},
		{
			Name:    "kube-proxy",
			Command: []string{dir.Path("programs", "kube-proxy"), "--config", dir.Path("kube-proxy.yaml")},
			Answers: component.HTTP("http://127.0.0.1:10256/healthz"), Within: answerWithin,
		},
		{
			Name:    "coredns",
			Command: []string{dir.Path("programs", "coredns"), "-conf", dir.Path("Corefile")},
			Answers: component.HTTP("http://127.0.0.1:8181/ready"), Within: answerWithin,
		},
		{
			Name: "provisioner", Command: provisioner,
			Env: []string{"KUBECONFIG=" + kubeconfigPath(dir, "provisioner")},
		},
	}
}

func etcd(dir state.Dir) component.Component {
	return component.Component{
		Name: "etcd",
		Command: []string{
			dir.Path("programs", "etcd"), "--data-dir", dir.Path("etcd"), "--log-level", "warn",
			"--listen-client-urls", "http://127.0.0.1:2379", "--advertise-client-urls", "http://127.0.0.1:2379",
			"--listen-peer-urls", "http://127.0.0.1:2380",
			// The data go with the cluster: there is nothing to keep through a power cut.
			"--unsafe-no-fsync",
		},
		Answers: component.HTTP("http://127.0.0.1:2379/health"), Within: answerWithin,
	}
}

func apiServer(dir state.Dir) component.Component {
	return component.Component{
		Name: "kube-apiserver",
		Command: []string{
			dir.Path("programs", "kube-apiserver"),
			"--bind-address", isolation.NodeAddress, "--advertise-address", isolation.NodeAddress, "--secure-port", "6443",
			"--etcd-servers", "http://127.0.0.1:2379",
			"--service-cluster-ip-range", isolation.ServiceRange,
			"--authorization-mode", "Node,RBAC", "--enable-admission-plugins", "NodeRestriction",
			"--client-ca-file", dir.Path("pki", "authority.crt"),
			"--tls-cert-file", dir.Path("pki", "apiserver.crt"), "--tls-private-key-file", dir.Path("pki", "apiserver.key"),
			"--kubelet-certificate-authority", dir.Path("pki", "authority.crt"),
			"--kubelet-client-certificate", dir.Path("pki", "apiserver-client.crt"),
			"--kubelet-client-key", dir.Path("pki", "apiserver-client.key"),
			"--kubelet-preferred-address-types", "InternalIP",
			"--requestheader-client-ca-file", dir.Path("pki", "aggregation.crt"),
			"--requestheader-allowed-names", "aggregator",
			"--requestheader-username-headers", "X-Remote-User",
			"--requestheader-group-headers", "X-Remote-Group",
			"--requestheader-extra-headers-prefix", "X-Remote-Extra-",
			"--proxy-client-cert-file", dir.Path("pki", "aggregator.crt"),
			"--proxy-client-key-file", dir.Path("pki", "aggregator.key"),
			"--service-account-issuer", "https://kubernetes.default.svc.cluster.local",
			"--service-account-key-file", dir.Path("pki", "service-accounts.key"),
			"--service-account-signing-key-file", dir.Path("pki", "service-accounts.key"),
			"--allow-privileged",
		},
		Answers: component.HTTP("https://" + isolation.NodeAddress + ":6443/readyz"), Within: answerWithin,
	}
}

func controllerManager(dir state.Dir) component.Component {
	kubeconfig := kubeconfigPath(dir, "kube-controller-manager")
	return component.Component{
		Name: "kube-controller-manager",
		Command: []string{
			dir.Path("programs", "kube-controller-manager"), "--bind-address", "127.0.0.1", "--leader-elect=false",
			"--kubeconfig", kubeconfig, "--authentication-kubeconfig", kubeconfig, "--authorization-kubeconfig", kubeconfig,
			"--use-service-account-credentials",
			"--root-ca-file", dir.Path("pki", "authority.crt"),
			"--horizontal-pod-autoscaler-sync-period", "5s",
			"--service-account-private-key-file", dir.Path("pki", "service-accounts.key"),
		},
		Answers: component.HTTP("https://127.0.0.1:10257/healthz"), Within: answerWithin,
	}
}

func scheduler(dir state.Dir) component.Component {
	kubeconfig := kubeconfigPath(dir, "kube-scheduler")
	return component.Component{
		Name: "kube-scheduler",
		Command: []string{
			dir.Path("programs", "kube-scheduler"), "--bind-address", "127.0.0.1", "--leader-elect=false",
			"--kubeconfig", kubeconfig, "--authentication-kubeconfig", kubeconfig, "--authorization-kubeconfig", kubeconfig,
		},
		Answers: component.HTTP("https://127.0.0.1:10259/healthz"), Within: answerWithin,
	}
}

// ready asks the API server for the node's condition.
func ready(ctx context.Context, dir state.Dir) error {
	config, err := clientcmd.BuildConfigFromFlags("", dir.Kubeconfig())
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	node, err := client.CoreV1().Nodes().Get(ctx, Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
			return fmt.Errorf("the node is not ready: %s", condition.Message)
		}
	}
	if len(node.Status.Conditions) == 0 {
		return errors.New("the node has no condition yet")
	}
	return nil
}

// Addons are the objects that CoreDNS and the provisioner need.
func Addons() ([]byte, error) { return configs.ReadFile("config/addons.yaml") }

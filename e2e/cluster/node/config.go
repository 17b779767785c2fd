package node

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
	"github.com/daybreak-ml/daybreak/e2e/cluster/pki"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

// Name is the one node's.
const Name = "node"

// PauseImage holds the network namespace of each pod.
const PauseImage = "daybreak.dev/e2e/pause:1"

// StorageProvisioner is the name by which the StorageClass calls the provisioner.
const StorageProvisioner = "daybreak.dev/local"

//go:embed config
var configs embed.FS

// values are what the files in config/ may name.
type values struct {
	Dir, NodeName, NodeAddress, PodRange, Bridge, ControlGroup, PauseImage string
}

func newValues(dir state.Dir) values {
	return values{
		Dir: string(dir), NodeName: Name, NodeAddress: isolation.NodeAddress, PodRange: isolation.PodRange,
		Bridge: isolation.Bridge, ControlGroup: isolation.ControlGroup, PauseImage: PauseImage,
	}
}

// users are those who talk to the API server, with the groups they are in.
var users = map[string]struct {
	name   string
	groups []string
}{
	"admin":                   {"daybreak-e2e:admin", []string{"system:masters"}},
	"kube-controller-manager": {"system:kube-controller-manager", nil},
	"kube-scheduler":          {"system:kube-scheduler", nil},
	"kube-proxy":              {"system:kube-proxy", nil},
	"kubelet":                 {"system:node:" + Name, []string{"system:nodes"}},
	"coredns":                 {"daybreak-e2e:coredns", nil},
	"provisioner":             {"daybreak-e2e:provisioner", nil},
}

// Configure writes every component's configuration, certificates and
// kubeconfig below the folder.
func Configure(dir state.Dir) error {
	for _, name := range []string{"pki", "cni", "volumes", "log/pods"} {
		if err := os.MkdirAll(dir.Path(name), 0o755); err != nil {
			return fmt.Errorf("make the folder %s: %w", name, err)
		}
	}
	authority, err := issue(dir)
	if err != nil {
		return err
	}
	for component, user := range users {
		if err := writeKubeconfig(kubeconfigPath(dir, component), authority, user.name, user.groups); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{
		"kubelet.yaml":    "kubelet.yaml",
		"kube-proxy.yaml": "kube-proxy.yaml",
		"containerd.toml": "containerd.toml",
		"cni.conflist":    "cni/daybreak.conflist",
		"Corefile":        "Corefile",
	} {
		if err := render(name, dir.Path(target), newValues(dir)); err != nil {
			return err
		}
	}
	return nil
}

func kubeconfigPath(dir state.Dir, component string) string {
	if component == "admin" {
		return dir.Kubeconfig()
	}
	return dir.Path(component + ".kubeconfig")
}

// issue writes the certificates that are named by path, and returns who signed.
func issue(dir state.Dir) (*pki.Authority, error) {
	authority, err := pki.NewAuthority("daybreak-e2e")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(dir.Path("pki", "authority.crt"), authority.Certificate, 0o644); err != nil {
		return nil, fmt.Errorf("write the authority's certificate: %w", err)
	}
	// An authority of its own for the aggregation layer: who holds one of its
	// certificates may speak as any user.
	aggregation, err := pki.NewAuthority("daybreak-e2e-aggregation")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(dir.Path("pki", "aggregation.crt"), aggregation.Certificate, 0o644); err != nil {
		return nil, fmt.Errorf("write the aggregation layer's certificate: %w", err)
	}
	pairs := map[string]func() (pki.Pair, error){
		"apiserver": func() (pki.Pair, error) {
			return authority.Server("kubernetes", "kubernetes.default", "kubernetes.default.svc",
				"kubernetes.default.svc.cluster.local", isolation.NodeAddress, isolation.ServiceAddress)
		},
		"apiserver-client": func() (pki.Pair, error) { return authority.Client("daybreak-e2e:apiserver", "system:masters") },
		"aggregator":       func() (pki.Pair, error) { return aggregation.Client("aggregator") },
		"kubelet-server":   func() (pki.Pair, error) { return authority.Server(Name, isolation.NodeAddress) },
	}
	for name, make := range pairs {
		pair, err := make()
		if err != nil {
			return nil, err
		}
		if err := pair.Write(dir.Path("pki", name)); err != nil {
			return nil, err
		}
	}
	accounts, err := pki.NewKey()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(dir.Path("pki", "service-accounts.key"), accounts.PEM, 0o600); err != nil {
		return nil, fmt.Errorf("write the service accounts' key: %w", err)
	}
	return authority, nil
}

func writeKubeconfig(path string, authority *pki.Authority, user string, groups []string) error {
	pair, err := authority.Client(user, groups...)
	if err != nil {
		return err
	}
	encode := base64.StdEncoding.EncodeToString
	return render("kubeconfig.yaml", path, struct{ NodeAddress, Authority, User, Certificate, Key string }{
		isolation.NodeAddress, encode(authority.Certificate), user, encode(pair.Certificate), encode(pair.Key),
	})
}

func render(name, path string, values any) error {
	parsed, err := template.ParseFS(configs, "config/"+name)
	if err != nil {
		return fmt.Errorf("read the template %s: %w", name, err)
	}
	var content bytes.Buffer
	if err := parsed.Option("missingkey=error").Execute(&content, values); err != nil {
		return fmt.Errorf("fill in the template %s: %w", name, err)
	}
	if err := os.WriteFile(filepath.Clean(path), content.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

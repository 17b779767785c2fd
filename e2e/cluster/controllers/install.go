package controllers

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/e2e/cluster/await"
	"github.com/daybreak-ml/daybreak/e2e/cluster/pki"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

//go:embed manifests
var manifests embed.FS

// startWithin bounds the wait for a controller's Deployments.
const startWithin = 6 * time.Minute

// Manifests are a controller's, as YAML documents.
type Manifests struct {
	Definitions []byte // of kinds
	Others      []byte
}

// Render makes the controller's manifests from its module's folder.
func (c Controller) Render(ctx context.Context, dir state.Dir, module string) (Manifests, error) {
	folder := dir.Path("manifests", c.Name)
	if err := c.prepare(folder, module); err != nil {
		return Manifests{}, fmt.Errorf("prepare the manifests of %s: %w", c.Name, err)
	}
	rendered, err := kubectl{dir}.run(ctx, nil, "kustomize", "--load-restrictor=LoadRestrictionsNone", folder)
	if err != nil {
		return Manifests{}, fmt.Errorf("render the manifests of %s: %w", c.Name, err)
	}
	definitions, others := partition(rendered)
	return Manifests{definitions, others}, nil
}

// Define applies the definitions and returns when the API server serves their kinds.
func (c Controller) Define(ctx context.Context, dir state.Dir, manifests Manifests) error {
	if len(manifests.Definitions) == 0 {
		return nil
	}
	kubectl := kubectl{dir}
	if err := kubectl.apply(ctx, manifests.Definitions); err != nil {
		return fmt.Errorf("apply the definitions of %s: %w", c.Name, err)
	}
	// kubectl takes a definition of which nothing is known yet for an error.
	err := kubectl.retry(ctx, "accessor error", manifests.Definitions,
		"wait", "--for=condition=Established", "--timeout="+startWithin.String(), "-f", "-")
	if err != nil {
		return fmt.Errorf("the definitions of %s: %w", c.Name, err)
	}
	return nil
}

// Apply applies all but the definitions, which the API server must serve.
func (c Controller) Apply(ctx context.Context, dir state.Dir, manifests Manifests) error {
	if len(manifests.Others) == 0 {
		return nil
	}
	if err := (kubectl{dir}).apply(ctx, manifests.Others); err != nil {
		return fmt.Errorf("apply the manifests of %s: %w", c.Name, err)
	}
	return nil
}

// Await returns when the controller is available.
func (c Controller) Await(ctx context.Context, dir state.Dir) error {
	kubectl := kubectl{dir}
	for _, deployment := range c.Deployments {
		if err := kubectl.awaitDeployment(ctx, deployment); err != nil {
			return fmt.Errorf("%s does not become available: %w", c.Name, err)
		}
	}
	return nil
}

// prepare lays the kustomization out beside what it refers to.
func (c Controller) prepare(folder, module string) error {
	files, err := fs.Sub(manifests, "manifests/"+c.Name)
	if err != nil {
		return err
	}
	if err := os.CopyFS(folder, files); err != nil {
		return err
	}
	if err := os.Symlink(module, filepath.Join(folder, "module")); err != nil {
		return err
	}
	return c.Certificate.write(folder)
}

func (c Certificate) write(folder string) error {
	if c.Service == "" {
		return nil
	}
	namespace, name, _ := strings.Cut(c.Service, "/")
	authority, err := pki.NewAuthority(c.Authority)
	if err != nil {
		return err
	}
	host := name + "." + namespace + ".svc"
	server, err := authority.Server(host, host+".cluster.local")
	if err != nil {
		return err
	}
	for file, content := range map[string][]byte{
		"ca.crt": authority.Certificate, "ca.key": authority.Key, "tls.crt": server.Certificate, "tls.key": server.Key,
	} {
		if err := os.WriteFile(filepath.Join(folder, file), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

type kubectl struct{ dir state.Dir }

func (k kubectl) run(ctx context.Context, input []byte, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, k.dir.Path("programs", "kubectl"), append([]string{"--kubeconfig", k.dir.Kubeconfig()}, arguments...)...)
	command.Stdin = bytes.NewReader(input)
	var output, problems bytes.Buffer
	command.Stdout, command.Stderr = &output, &problems
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("kubectl %s: %w: %s", arguments[0], err, bytes.TrimSpace(problems.Bytes()))
	}
	return output.Bytes(), nil
}

// apply applies the documents, again while the API server has yet to serve their kinds.
func (k kubectl) apply(ctx context.Context, documents []byte) error {
	return k.retry(ctx, "no matches for kind", documents, "apply", "--server-side", "--force-conflicts", "-f", "-")
}

// timedOut is what the API server says when it is too busy.
const timedOut = "Error from server (Timeout)"

// retry runs kubectl again for as long as it fails with the passing error, or because the API server is too busy.
func (k kubectl) retry(ctx context.Context, passing string, input []byte, arguments ...string) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	var last error
	err := await.True(ctx, 500*time.Millisecond, func() (bool, error) {
		_, last = k.run(ctx, input, arguments...)
		if last != nil && !strings.Contains(last.Error(), passing) && !strings.Contains(last.Error(), timedOut) {
			return false, last
		}
		return last == nil, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return last
	}
	return err
}

func (k kubectl) awaitDeployment(ctx context.Context, deployment string) error {
	namespace, name, _ := strings.Cut(deployment, "/")
	_, err := k.run(ctx, nil, "rollout", "status", "--namespace", namespace, "deployment/"+name, "--timeout="+startWithin.String())
	if err == nil {
		return nil
	}
	pods, podsErr := k.run(ctx, nil, "get", "pods", "--namespace", namespace, "-o", "wide")
	logs, logsErr := k.run(ctx, nil, "logs", "--namespace", namespace, "deployment/"+name, "--tail=15")
	return errors.Join(err, podsErr, logsErr, fmt.Errorf("pods:\n%s\nits last lines:\n%s", pods, logs))
}

// partition parts a stream of YAML documents in CustomResourceDefinitions and others.
func partition(rendered []byte) (definitions, others []byte) {
	separator := []byte("\n---\n")
	for document := range bytes.SplitSeq(rendered, separator) {
		target := &others
		if bytes.Contains(document, []byte("\nkind: CustomResourceDefinition\n")) {
			target = &definitions
		}
		*target = append(append(*target, document...), separator...)
	}
	return definitions, others
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// A server is one that is measured.
type server struct {
	Name  string
	Path  string // that requests go to
	GRPC  bool   // whether it has that, too
	Peer  bool   // whether it serves another's model
	body  func(user string) string
	start func(core int, folder string, request time.Duration) (*process, error) // request is how long Daybreak takes for one, once it is known
}

// oneThread keeps numpy on the core that it has.
var oneThread = []string{"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"}

func (b *benchmark) servers() []server {
	all := []server{
		{Name: daybreak, GRPC: true, Path: "/v1/models/recommender:predict", body: instances, start: b.startDaybreak},
		{
			Name: "KServe's Python server", GRPC: true, Peer: true, Path: "/v1/models/recommender:predict", body: instances,
			start: func(core int, folder string, _ time.Duration) (*process, error) {
				return start(core, "/v2/health/ready", oneThread, b.KServePython, filepath.Join(b.Scripts, "kserve_server.py"), folder, "{port}", "{grpc}")
			},
		},
		{
			Name: "MLServer", GRPC: true, Peer: true, Path: "/v2/models/recommender/infer", body: tensors,
			start: func(core int, folder string, _ time.Duration) (*process, error) {
				settings, err := b.mlserverSettings(folder)
				if err != nil {
					return nil, err
				}
				environment := append([]string{"PYTHONPATH=" + b.Scripts, "MLSERVER_HTTP_PORT={port}", "MLSERVER_GRPC_PORT={grpc}", "MLSERVER_METRICS_PORT=0"}, oneThread...)
				return start(core, "/v2/health/ready", environment, filepath.Join(filepath.Dir(b.MLServerPython), "mlserver"), "start", settings)
			},
		},
	}
	if b.Floor != "" {
		all = append(all, server{
			Name: "net/http alone", Peer: true, Path: "/", body: instances,
			start: func(core int, _ string, _ time.Duration) (*process, error) {
				return start(core, "/", nil, b.Floor, "--address", "127.0.0.1:{port}")
			},
		})
	}
	if b.Loop != "" {
		all = append(all, server{
			Name: "a loop that takes as long", Path: "/", body: instances,
			start: func(core int, _ string, request time.Duration) (*process, error) {
				work := max(0, request-exchanging)
				return start(core, "/", nil, b.Loop, "{port}", strconv.FormatInt(work.Microseconds(), 10))
			},
		})
	}
	return all
}

// exchanging is about how long the loop takes to read a request and to send an answer.
const exchanging = 11 * time.Microsecond

// aloneWith is the model with which peers aren't measured.
const aloneWith = "1m"

// daybreak is the predictor's name.
const daybreak = "Daybreak"

func (b *benchmark) startDaybreak(core int, folder string, _ time.Duration) (*process, error) {
	return start(core, "/v2/health/ready", nil, b.Predictor, "--model_dir", folder,
		"--http_host", "127.0.0.1", "--http_port", "{port}", "--grpc_port", "{grpc}")
}

func instances(user string) string {
	return fmt.Sprintf(`{"instances":[{"user_id":%q,"k":10}]}`, user)
}

func tensors(user string) string {
	return fmt.Sprintf(`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"data":[%q]}]}`, user)
}

// mlserverSettings writes the folder that `mlserver start` reads: no worker processes, which only cost
// a model that never waits, no metrics and no log of requests.
func (b *benchmark) mlserverSettings(folder string) (string, error) {
	dir := filepath.Join(b.Work, "mlserver")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for name, settings := range map[string]any{
		"settings.json": map[string]any{
			"host": "127.0.0.1", "parallel_workers": 0, "metrics_endpoint": nil, "debug": false,
		},
		"model-settings.json": map[string]any{
			"name": "recommender", "implementation": "mlserver_runtime.Recommender", "parameters": map[string]any{"uri": folder},
		},
	} {
		encoded, err := json.Marshal(settings)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), encoded, 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}

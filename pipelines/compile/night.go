package compile

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"
)

// dataPath is where the shared volume is mounted.
const dataPath = "/data"

// Options are what may differ from one installation to the next and isn't a parameter of a run.
type Options struct {
	Image string // of pipelines
	Claim string // of the volume that the steps share
}

// input is a parameter of the pipeline and the flag it is given as.
type input struct {
	name, description, value string // without a value it has to be given
}

// step is a component: a command of pipelines, its fixed arguments, and those that are inputs.
type step struct {
	name   string
	fixed  []string
	inputs map[string]input // by flag
	cpu    string
	memory string
}

// steps are the night's, in their order, with the parameters of a run.
func steps() []step {
	date := input{"date", "The night's day, such as 2011-11-08, which is over.", ""}
	source := input{"source", "The shop's export, as the steps see it.", dataPath + "/export"}
	mapping := input{"mapping", "How the export is read (YAML).", dataPath + "/mapping.yaml"}
	mlflowURI := input{"mlflow_uri", "MLflow server.", "http://mlflow:5000"}
	predictorURL := input{"predictor_url", "Where the predictor answers.", "http://recommender-predictor"}
	modelName := input{"model_name", "Registered model.", "recommender"}
	onDay := map[string]input{"--day": date}
	onNight := map[string]input{
		"--date": date, "--mlflow-uri": mlflowURI, "--predictor-url": predictorURL, "--model-name": modelName,
	}
	data := []string{"--data=" + dataPath}
	return []step{
		{"ingest", []string{"--events=" + dataPath}, map[string]input{"--day": date, "--source": source, "--mapping": mapping}, "1", "1Gi"},
		{"check", []string{"--events=" + dataPath}, onDay, "1", "2Gi"},
		{"prequential", data, onNight, "2", "4Gi"},
		{"train", data, onNight, "4", "4Gi"},
		{"log", data, onNight, "1", "512Mi"},
		{"register", data, onNight, "1", "512Mi"},
		{"gate", data, onNight, "2", "4Gi"},
		{"serve", data, onNight, "1", "512Mi"},
	}
}

// Night writes the night as a pipeline document: two YAML documents, the pipeline and what of it is
// Kubernetes' matter. A step whose day was held, or whose model was rejected, has nothing to do and
// succeeds: a verdict is no failure.
func Night(options Options) ([]byte, error) {
	pipeline := Pipeline{
		Components:     map[string]Component{},
		DeploymentSpec: Deployment{Executors: map[string]Executor{}},
		PipelineInfo:   Info{Name: "daybreak-night", Description: "From a day's events to the version that serves."},
		Root:           Root{DAG: DAG{Tasks: map[string]Task{}}, InputDefinitions: Inputs{Parameters: map[string]Parameter{}}},
		SchemaVersion:  "2.1.0",
		SDKVersion:     "daybreak",
	}
	executors := map[string]PlatformExecutor{}
	before := ""
	for _, s := range steps() {
		pipeline.add(s, before, options.Image)
		executors[s.executor()] = PlatformExecutor{PVCMount: []PVCMount{{
			MountPath: dataPath, Constant: options.Claim,
			PVCNameParameter: PVCNameValue{RuntimeValue{Constant: options.Claim}},
		}}}
		before = s.name
	}
	platform := Platform{Platforms: map[string]SinglePlatform{
		"kubernetes": {DeploymentSpec: PlatformDeployment{Executors: executors}},
	}}
	var stream bytes.Buffer
	for i, document := range []any{pipeline, platform} {
		text, err := yaml.MarshalWithOptions(document, yaml.IndentSequence(true))
		if err != nil {
			return nil, fmt.Errorf("write the pipeline document: %w", err)
		}
		if i > 0 {
			stream.WriteString("---\n")
		}
		stream.Write(text)
	}
	return stream.Bytes(), nil
}

func (s step) component() string { return "comp-" + s.name }
func (s step) executor() string  { return "exec-" + s.name }

// add adds a step that runs after another, if that is named.
func (p *Pipeline) add(s step, after, image string) {
	component := Component{ExecutorLabel: s.executor(), InputDefinitions: Inputs{Parameters: map[string]Parameter{}}}
	task := Task{
		ComponentRef: ComponentRef{s.component()},
		Inputs:       TaskInputs{Parameters: map[string]TaskParameter{}},
		RetryPolicy:  RetryPolicy{MaxRetryCount: 2, BackoffDuration: "30s", BackoffFactor: 2},
		TaskInfo:     TaskInfo{s.name},
	}
	if after != "" {
		task.DependentTasks = []string{after}
	}
	args := append([]string{s.name}, s.fixed...)
	for _, flag := range slices.Sorted(maps.Keys(s.inputs)) {
		in := s.inputs[flag]
		args = append(args, flag, "{{$.inputs.parameters['"+in.name+"']}}")
		component.InputDefinitions.Parameters[in.name] = Parameter{Description: in.description, ParameterType: "STRING"}
		task.Inputs.Parameters[in.name] = TaskParameter{in.name}
		p.Root.InputDefinitions.Parameters[in.name] = Parameter{
			DefaultValue: in.value, Description: in.description, IsOptional: in.value != "", ParameterType: "STRING",
		}
	}
	p.Components[s.component()] = component
	p.DeploymentSpec.Executors[s.executor()] = Executor{Container{
		Image: image, Command: []string{"/pipelines"}, Args: args, Resources: Resources{s.cpu, s.memory},
	}}
	p.Root.DAG.Tasks[s.name] = task
}

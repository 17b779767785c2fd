package compile

// Pipeline is the IR's PipelineSpec, as far as we use it.
type Pipeline struct {
	Components     map[string]Component `yaml:"components"`
	DeploymentSpec Deployment           `yaml:"deploymentSpec"`
	PipelineInfo   Info                 `yaml:"pipelineInfo"`
	Root           Root                 `yaml:"root"`
	SchemaVersion  string               `yaml:"schemaVersion"`
	SDKVersion     string               `yaml:"sdkVersion"`
}

// Component is what a task runs, and its inputs.
type Component struct {
	ExecutorLabel    string `yaml:"executorLabel"`
	InputDefinitions Inputs `yaml:"inputDefinitions"`
}

// Inputs are the parameters of a component, or of the whole pipeline.
type Inputs struct {
	Parameters map[string]Parameter `yaml:"parameters"`
}

// Parameter is one of them. One with a default is optional.
type Parameter struct {
	DefaultValue  string `yaml:"defaultValue,omitempty"`
	Description   string `yaml:"description,omitempty"`
	IsOptional    bool   `yaml:"isOptional,omitempty"`
	ParameterType string `yaml:"parameterType"`
}

// Deployment says, by executor label, what runs.
type Deployment struct {
	Executors map[string]Executor `yaml:"executors"`
}

// Executor is a container.
type Executor struct {
	Container Container `yaml:"container"`
}

// Container is an image and its command line; {{$.inputs.parameters['x']}} stands for an input.
type Container struct {
	Image     string    `yaml:"image"`
	Command   []string  `yaml:"command"`
	Args      []string  `yaml:"args"`
	Resources Resources `yaml:"resources"`
}

// Resources are limits, as Kubernetes writes quantities.
type Resources struct {
	CPULimit    string `yaml:"resourceCpuLimit"`
	MemoryLimit string `yaml:"resourceMemoryLimit"`
}

// Info names the pipeline.
type Info struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

// Root is the pipeline's graph and its inputs.
type Root struct {
	DAG              DAG    `yaml:"dag"`
	InputDefinitions Inputs `yaml:"inputDefinitions"`
}

// DAG is the tasks by name.
type DAG struct {
	Tasks map[string]Task `yaml:"tasks"`
}

// Task runs a component once those it depends on have succeeded. Its results are never taken from a
// cache: a step finds by itself what is done.
type Task struct {
	CachingOptions struct{}     `yaml:"cachingOptions"`
	ComponentRef   ComponentRef `yaml:"componentRef"`
	DependentTasks []string     `yaml:"dependentTasks,omitempty"`
	Inputs         TaskInputs   `yaml:"inputs"`
	RetryPolicy    RetryPolicy  `yaml:"retryPolicy"`
	TaskInfo       TaskInfo     `yaml:"taskInfo"`
}

// ComponentRef names a component.
type ComponentRef struct {
	Name string `yaml:"name"`
}

// TaskInputs says where a task's inputs come from.
type TaskInputs struct {
	Parameters map[string]TaskParameter `yaml:"parameters"`
}

// TaskParameter takes a parameter of the pipeline.
type TaskParameter struct {
	ComponentInputParameter string `yaml:"componentInputParameter"`
}

// RetryPolicy says how often a failed task is tried again, after growing waits.
type RetryPolicy struct {
	MaxRetryCount   int     `yaml:"maxRetryCount"`
	BackoffDuration string  `yaml:"backoffDuration"`
	BackoffFactor   float64 `yaml:"backoffFactor"`
}

// TaskInfo is the name that people see.
type TaskInfo struct {
	Name string `yaml:"name"`
}

// Platform is the IR's PlatformSpec: what of the pipeline is Kubernetes' matter.
type Platform struct {
	Platforms map[string]SinglePlatform `yaml:"platforms"`
}

// SinglePlatform is one platform's part.
type SinglePlatform struct {
	DeploymentSpec PlatformDeployment `yaml:"deploymentSpec"`
}

// PlatformDeployment says, by executor label, what a container is given.
type PlatformDeployment struct {
	Executors map[string]PlatformExecutor `yaml:"executors"`
}

// PlatformExecutor mounts volumes into a container.
type PlatformExecutor struct {
	PVCMount []PVCMount `yaml:"pvcMount"`
}

// PVCMount mounts the volume of a claim.
type PVCMount struct {
	MountPath        string       `yaml:"mountPath"`
	Constant         string       `yaml:"constant"` // the claim, for Kubeflow before 2.5
	PVCNameParameter PVCNameValue `yaml:"pvcNameParameter"`
}

// PVCNameValue is the claim's name.
type PVCNameValue struct {
	RuntimeValue RuntimeValue `yaml:"runtimeValue"`
}

// RuntimeValue is a constant.
type RuntimeValue struct {
	Constant string `yaml:"constant"`
}

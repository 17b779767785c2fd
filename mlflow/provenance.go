package mlflow

import (
	"os"
	"path/filepath"
	"runtime/debug"
)

// Tags of a run that say where it comes from. Those of MLflow are shown in the
// run's page.
const (
	userTag        = "mlflow.user"
	sourceNameTag  = "mlflow.source.name"
	sourceTypeTag  = "mlflow.source.type"
	gitCommitTag   = "mlflow.source.git.commit"
	gitDirtyTag    = "mlflow.source.git.dirty"
	gitRepoTag     = "mlflow.source.git.repoURL"
	imageTag       = "mlflow.docker.image.uri"
	imageDigestTag = "mlflow.docker.image.id"
	jobUIDTag      = "kubernetes.job.uid"
	podTag         = "kubernetes.pod.name"
)

// Environment variables a Kubernetes manifest fills: the image's by hand or by
// its tool, the others by the downward API.
const (
	ImageVariable       = "DAYBREAK_IMAGE"
	ImageDigestVariable = "DAYBREAK_IMAGE_DIGEST"
	JobUIDVariable      = "DAYBREAK_JOB_UID"
	PodVariable         = "DAYBREAK_POD_NAME"
)

// Provenance says which program made a run, from which source, and where it
// ran. What is empty is not known.
type Provenance struct {
	Program     string // as it was called
	Kind        string // LOCAL, or JOB in a container
	User        string
	Commit      string // of git
	Dirty       bool   // there were changes beside the commit
	Repository  string
	Image       string // such as ghcr.io/daybreak-ml/trainer:0.3
	ImageDigest string // sha256:…
	JobUID      string // of the Kubernetes object that runs the program
	Pod         string
}

// ReadProvenance returns what this process knows of itself: from what the Go
// toolchain wrote into the program, and from the environment.
func ReadProvenance() Provenance {
	provenance := Provenance{
		Program:     filepath.Base(os.Args[0]),
		Kind:        "LOCAL",
		User:        firstSet("MLFLOW_TRACKING_USERNAME", "LOGNAME", "USER"),
		Commit:      os.Getenv("GIT_COMMIT"),
		Image:       os.Getenv(ImageVariable),
		ImageDigest: os.Getenv(ImageDigestVariable),
		JobUID:      os.Getenv(JobUIDVariable),
		Pod:         os.Getenv(PodVariable),
	}
	if os.Getenv("KUBERNETES_SERVICE_HOST") != "" {
		provenance.Kind = "JOB"
	}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return provenance
	}
	provenance.Repository = repositoryOf(build.Main.Path)
	for _, setting := range build.Settings {
		switch {
		case setting.Key == "vcs.revision" && provenance.Commit == "":
			provenance.Commit = setting.Value
		case setting.Key == "vcs.modified":
			provenance.Dirty = setting.Value == "true"
		}
	}
	return provenance
}

// repositoryOf gives the address of a module that lies at GitHub.
func repositoryOf(module string) string {
	const host = "github.com/"
	if len(module) <= len(host) || module[:len(host)] != host {
		return ""
	}
	return "https://" + module
}

func firstSet(variables ...string) string {
	for _, variable := range variables {
		if value := os.Getenv(variable); value != "" {
			return value
		}
	}
	return ""
}

// Tags gives the run tags that say it.
func (p Provenance) Tags() map[string]string {
	tags := map[string]string{}
	for key, value := range map[string]string{
		userTag: p.User, sourceNameTag: p.Program, sourceTypeTag: p.Kind, gitCommitTag: p.Commit, gitRepoTag: p.Repository,
		imageTag: p.Image, imageDigestTag: p.ImageDigest, jobUIDTag: p.JobUID, podTag: p.Pod,
	} {
		if value != "" {
			tags[key] = value
		}
	}
	if p.Dirty && p.Commit != "" {
		tags[gitDirtyTag] = "true"
	}
	return tags
}

// Package compile writes the night as a Kubeflow pipeline document: the intermediate representation
// (IR) that Kubeflow Pipelines runs, schema 2.1.0, with a component for each step and the volume they
// share.
//
// The document is made of small types of our own that hold what we use of the schema
// (kubeflow/pipelines, api/v2alpha1/pipeline_spec.proto); a test has Kubeflow's own SDK read it.
package compile

// Pipelines runs a shop's nights: it ingests a day, checks it, trains, logs and registers the model,
// gates it, and hands it over to the service; and it writes the Kubernetes and Kubeflow documents of
// a night.
//
//	pipelines night --date 2011-11-08 --data DIR --from-source EXPORT --mapping shop.yaml …
//
// Each step is a command too, and safe to run again. What a night consists of, and what it leaves
// behind, is in package night; what the check and the gate decide by, in packages check and gate.
package main

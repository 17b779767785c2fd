"""Prints, as JSON, what MLflow's Python client reads of a run and of the version it made."""

import hashlib
import json
import os
import sys

import mlflow

run_id, name = sys.argv[1:3]
client = mlflow.MlflowClient()
run = client.get_run(run_id)


def history(key):
    return sorted([m.step, m.timestamp, repr(m.value)] for m in client.get_metric_history(run_id, key))


def digests(path):
    found = {}
    for folder, _, files in os.walk(path):
        for file in files:
            if file == "registered_model_meta":  # the Python client adds it to a version's files
                continue
            full = os.path.join(folder, file)
            with open(full, "rb") as content:
                found[os.path.relpath(full, path)] = hashlib.sha256(content.read()).hexdigest()
    return found


table = client.load_table(run.info.experiment_id, "tables/segments.json", run_ids=[run_id])
version = client.get_model_version_by_alias(name, "champion")
model = client.get_logged_model(run.outputs.model_outputs[0].model_id)
json.dump(
    {
        "status": run.info.status,
        "start": run.info.start_time,
        "params": run.data.params,
        "tags": {k: v for k, v in run.data.tags.items() if k.startswith(("daybreak.", "mlflow.source", "mlflow.note"))},
        "history": {key: history(key) for key in run.data.metrics},
        "inputs": [
            {
                "context": [t.value for t in i.tags],
                "dataset": [i.dataset.name, i.dataset.digest, i.dataset.source_type, i.dataset.source, i.dataset.schema, i.dataset.profile],
            }
            for i in run.inputs.dataset_inputs
        ],
        "table": table.to_dict(orient="split"),
        "artifacts": digests(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="reports")),
        "model": {
            "name": model.name,
            "status": str(model.status),
            "params": model.params,
            "metrics": [[m.key, m.value, m.dataset_name, m.dataset_digest] for m in model.metrics],
            "files": digests(mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{model.model_id}")),
        },
        "version": {
            "number": str(version.version),
            "run": version.run_id,
            "model": version.model_id,
            "description": version.description,
            "tags": version.tags,
            "files": digests(mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{name}@champion")),
        },
    },
    sys.stdout,
)

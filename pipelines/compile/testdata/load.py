"""Has Kubeflow's SDK read a pipeline document, and says what it found as JSON."""
import json
import sys

from google.protobuf import json_format
from kfp import components
from kfp.pipeline_spec import pipeline_spec_pb2
import yaml

text = open(sys.argv[1]).read()
spec, platform = yaml.safe_load_all(text)

# Strictly: a field that the schema doesn't have is an error.
json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())

component = components.load_component_from_text(text)
assert component.component_spec.implementation.graph is not None
print(json.dumps({
    "name": component.name,
    "inputs": {name: spec.optional for name, spec in component.component_spec.inputs.items()},
    "tasks": sorted(component.pipeline_spec.root.dag.tasks),
    "order": {name: list(task.dependent_tasks) for name, task in component.pipeline_spec.root.dag.tasks.items()},
    "images": sorted({e["container"]["image"] for e in
        json_format.MessageToDict(component.pipeline_spec.deployment_spec)["executors"].values()}),
    "mounts": sorted(json_format.MessageToDict(component.platform_spec)["platforms"]["kubernetes"]["deploymentSpec"]["executors"]),
}))

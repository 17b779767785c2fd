"""Triton's HTTP client, with tensors as bytes."""

import numpy
import tritonclient.http as triton
from expected import GIVEN, report, same
from tritonclient.utils import InferenceServerException

name, version = GIVEN["model"], GIVEN["version"]
client = triton.InferenceServerClient(GIVEN["url"].removeprefix("http://"))
assert client.is_server_live()
assert client.is_server_ready()
assert client.is_model_ready(name)
assert client.is_model_ready(name, version)
assert not client.is_model_ready("nobody")
assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
assert client.get_model_metadata(name)["versions"] == [version]
assert client.get_model_metadata(name, version)["inputs"][0]["name"] == "user_id"
assert client.get_model_repository_index()[0]["state"] == "READY"


def infer(binary, outputs=None, **options):
    users = triton.InferInput("user_id", [1], "BYTES")
    users.set_data_from_numpy(numpy.array([GIVEN["user"]], dtype=object), binary_data=binary)
    return client.infer(name, [users], outputs=outputs, request_id="7", parameters={"k": 3, "diversity": 0.0}, **options)


for binary in (False, True):
    for coding in (None, "gzip"):
        answer = infer(binary, request_compression_algorithm=coding, response_compression_algorithm=coding)
        assert answer.get_response()["id"] == "7"
        assert same([i.decode() for i in answer.as_numpy("item_id")[0]], answer.as_numpy("score")[0])
    mixed = [triton.InferRequestedOutput("item_id", binary_data=binary), triton.InferRequestedOutput("score", binary_data=not binary)]
    answer = infer(binary, mixed, model_version=version)
    assert same([i.decode() if isinstance(i, bytes) else i for i in answer.as_numpy("item_id")[0]], answer.as_numpy("score")[0])
assert [o["name"] for o in infer(True, [triton.InferRequestedOutput("score")]).get_response()["outputs"]] == ["score"]
client.unload_model(name)
assert not client.is_model_ready(name)
client.load_model(name)
assert client.is_model_ready(name)
try:
    infer(True, [triton.InferRequestedOutput("price")])
    raise AssertionError("an output that isn't there was given")
except InferenceServerException as error:
    assert "outputs[0].name" in error.message()
report("V2 live", "V2 ready", "V2 server metadata", "V2 model metadata", "V2 model metadata, version", "V2 model ready", "V2 model ready, version",
       "V2 infer", "V2 infer, version", "V2 infer, tensors as bytes", "V2 infer, gzip", "V2 repository index", "V2 load", "V2 unload")

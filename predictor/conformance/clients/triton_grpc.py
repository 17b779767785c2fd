"""Triton's gRPC client."""

import numpy
import tritonclient.grpc as triton
from expected import GIVEN, report, same
from tritonclient.utils import InferenceServerException

name, version = GIVEN["model"], GIVEN["version"]
for address in (GIVEN["address"], GIVEN["own_address"]):
    client = triton.InferenceServerClient(address)
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(name)
    assert client.is_model_ready(name, version)
    assert client.get_server_metadata().name == "daybreak"
    assert list(client.get_model_metadata(name).versions) == [version]
    assert client.get_model_repository_index().models[0].state == "READY"
    users = triton.InferInput("user_id", [1], "BYTES")
    users.set_data_from_numpy(numpy.array([GIVEN["user"]], dtype=object))
    for coding in (None, "gzip"):
        answer = client.infer(name, [users], request_id="7", parameters={"k": 3, "diversity": 0.0}, compression_algorithm=coding)
        assert answer.get_response().id == "7"
        assert same([i.decode() for i in answer.as_numpy("item_id")[0]], answer.as_numpy("score")[0])
    client.unload_model(name)
    assert not client.is_model_ready(name)
    client.load_model(name)
    assert client.is_model_ready(name)
    try:
        client.infer("nobody", [users])
        raise AssertionError("a model that isn't there answered")
    except InferenceServerException as error:
        assert error.status() == "StatusCode.NOT_FOUND"
    client.close()
report("ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer, raw contents",
       "ModelInfer, gzip", "RepositoryIndex", "RepositoryModelLoad", "RepositoryModelUnload")

"""KServe's InferenceRESTClient, V1 and V2."""

import asyncio

import numpy
from expected import GIVEN, report, same
from kserve import InferenceRESTClient, InferInput, InferRequest, InferOutput, RESTConfig

url, name = GIVEN["url"], GIVEN["model"]


async def v1():
    client = InferenceRESTClient(RESTConfig(protocol="v1"))
    assert await client.is_server_live(url)
    assert await client.is_model_ready(url, name)
    body = {"instances": [{"user_id": GIVEN["user"], "k": 3}]}
    predicted = (await client.infer(url, body, model_name=name))["predictions"][0]["items"]
    assert same([i["item_id"] for i in predicted], [i["score"] for i in predicted])
    explained = (await client.explain(url, name, body))["explanations"][0]["items"]
    assert same([i["item_id"] for i in explained], [i["score"] for i in explained])


async def v2():
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    assert await client.is_server_live(url)
    assert await client.is_server_ready(url)
    assert await client.is_model_ready(url, name)
    for binary in (False, True):
        users = InferInput("user_id", [1], "BYTES")
        users.set_data_from_numpy(numpy.array([GIVEN["user"]], dtype=object), binary_data=binary)
        request = InferRequest(name, [users], request_id="7", parameters={"k": 3, "binary_data_output": binary})
        answer = await client.infer(url, request, model_name=name)
        assert answer.id == "7"
        outputs = {o.name: o.as_numpy().flatten() for o in answer.outputs}
        assert same([i.decode() if isinstance(i, bytes) else i for i in outputs["item_id"]], outputs["score"])


asyncio.run(v1())
asyncio.run(v2())
report("V1 live", "V1 model ready", "V1 predict", "V1 explain",
       "V2 live", "V2 ready", "V2 model ready", "V2 infer", "V2 infer, tensors as bytes")

"""KServe's InferenceGRPCClient, and what its stubs have beyond it."""

import asyncio

import grpc
import numpy
from expected import GIVEN, report, same
from kserve import InferenceGRPCClient, InferInput, InferRequest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as messages
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

name = GIVEN["model"]


async def infer(client, binary):
    users = InferInput("user_id", [1], "BYTES")
    users.set_data_from_numpy(numpy.array([GIVEN["user"]], dtype=object), binary_data=binary)
    answer = await client.infer(InferRequest(name, [users], request_id="7", parameters={"k": 3, "diversity": "0"}))
    assert answer.id == "7"
    outputs = {o.name: o.as_numpy().flatten() for o in answer.outputs}
    assert same([i.decode() if isinstance(i, bytes) else i for i in outputs["item_id"]], outputs["score"])


async def call(address):
    async with InferenceGRPCClient(address) as client:
        assert await client.is_server_live()
        assert await client.is_server_ready()
        assert await client.is_model_ready(name)
        await infer(client, False)
        await infer(client, True)


for address in (GIVEN["address"], GIVEN["own_address"]):
    asyncio.run(call(address))
with grpc.insecure_channel(GIVEN["address"]) as channel:
    stub = GRPCInferenceServiceStub(channel)
    assert name == stub.ModelMetadata(messages.ModelMetadataRequest(name=name)).name
    assert stub.ServerMetadata(messages.ServerMetadataRequest()).name == "daybreak"
    assert stub.RepositoryModelUnload(messages.RepositoryModelUnloadRequest(model_name=name)).isUnloaded
    assert not stub.ModelReady(messages.ModelReadyRequest(name=name)).ready
    assert stub.RepositoryModelLoad(messages.RepositoryModelLoadRequest(model_name=name)).isLoaded
    assert stub.ModelReady(messages.ModelReadyRequest(name=name)).ready
report("ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer, contents", "ModelInfer, raw contents",
       "RepositoryModelLoad", "RepositoryModelUnload")

"""KServe's Python model server with the numpy model: kserve_server.py FOLDER PORT GRPC_PORT"""

import os
import sys

import numpy as np
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer

sys.path.insert(0, os.path.dirname(__file__))
from numpy_model import Factors


class Recommender(Model):
    def __init__(self, folder):
        super().__init__("recommender")
        self.factors = Factors(folder)
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        if isinstance(payload, InferRequest):
            return self.infer(payload)
        predictions = []
        for instance in payload["instances"]:
            ids, scores = self.factors.recommend(instance["user_id"], instance["k"])
            predictions.append({"items": [{"item_id": i, "score": s} for i, s in zip(ids, scores)]})
        return {"predictions": predictions}

    def infer(self, request, k=10):
        lists = [self.factors.recommend(user.decode(), k) for user in request.inputs[0].data]
        items = InferOutput("item_id", [len(lists), k], "BYTES")
        items.set_data_from_numpy(np.array([ids for ids, _ in lists], dtype=object), binary_data=False)
        scores = InferOutput("score", [len(lists), k], "FP32")
        scores.set_data_from_numpy(np.array([scores for _, scores in lists], dtype=np.float32), binary_data=False)
        return InferResponse(request.id, self.name, [items, scores])


if __name__ == "__main__":
    server = ModelServer(http_port=int(sys.argv[2]), workers=1, grpc_port=int(sys.argv[3]), access_log_format=None)
    server.start([Recommender(sys.argv[1])])

"""KServe's Python model server with the numpy model: kserve_server.py FOLDER PORT"""

import os
import sys

from kserve import Model, ModelServer

sys.path.insert(0, os.path.dirname(__file__))
from numpy_model import Factors


class Recommender(Model):
    def __init__(self, folder):
        super().__init__("recommender")
        self.factors = Factors(folder)
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        predictions = []
        for instance in payload["instances"]:
            ids, scores = self.factors.recommend(instance["user_id"], instance["k"])
            predictions.append({"items": [{"item_id": i, "score": s} for i, s in zip(ids, scores)]})
        return {"predictions": predictions}


if __name__ == "__main__":
    server = ModelServer(http_port=int(sys.argv[2]), workers=1, enable_grpc=False, access_log_format=None)
    server.start([Recommender(sys.argv[1])])

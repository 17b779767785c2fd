"""MLServer's runtime for the numpy model; its settings name the folder."""

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceResponse

from numpy_model import Factors


class Recommender(MLModel):
    async def load(self):
        self.factors = Factors(self.settings.parameters.uri)
        return True

    async def predict(self, payload):
        k = 10
        users = StringCodec.decode_input(payload.inputs[0])
        lists = [self.factors.recommend(user, k) for user in users]
        items = [item for ids, _ in lists for item in ids]
        scores = np.array([scores for _, scores in lists], dtype=np.float32)
        return InferenceResponse(
            model_name=self.name,
            outputs=[StringCodec.encode_output("item_id", items), NumpyCodec.encode_output("score", scores)],
        )

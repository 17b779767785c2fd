"""The model that the peers serve: the factors of a Daybreak model, in numpy. It does less than Daybreak does (no
neighbours, no own past, no filters), and takes the row out of a shopper's id rather than looking it up."""

import json

import numpy as np

_DTYPES = {"F32": "<f4", "I32": "<i4", "I64": "<i8", "U8": "u1"}


class Factors:
    def __init__(self, folder):
        data = np.memmap(f"{folder}/model.safetensors", dtype=np.uint8, mode="r")
        start = 8 + int(data[:8].view("<u8")[0])
        header = json.loads(data[8:start].tobytes())

        def tensor(name):
            begin, end = header[name]["data_offsets"]
            values = data[start + begin : start + end].view(_DTYPES[header[name]["dtype"]])
            return np.array(values.reshape(header[name]["shape"]))

        self.items, self.users = tensor("item_factors"), tensor("user_factors")
        self.ids = np.array([f"item-{row:07d}" for row in range(len(self.items))], dtype=object)

    def recommend(self, user, k):
        """Returns the ids and scores of the k best items, best first."""
        scores = self.items @ self.users[int(user.rsplit("-", 1)[1])]
        best = np.argpartition(-scores, k)[:k]
        best = best[np.argsort(-scores[best])]
        return self.ids[best].tolist(), scores[best].tolist()

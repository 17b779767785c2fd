"""The model that the peers serve: the factors of a Daybreak model, in numpy. It does less than Daybreak does (no
neighbours, no own past, no filters), and takes the row out of a simulated shopper's id rather than looking it up."""

import json

import numpy as np

_DTYPES = {"F32": "<f4", "I32": "<i4", "I64": "<i8", "U8": "u1"}


class Tensors:
    """The tensors of a safetensors file, by name."""

    def __init__(self, path):
        data = np.memmap(path, dtype=np.uint8, mode="r")
        start = 8 + int(data[:8].view("<u8")[0])
        self.header, self.values = json.loads(data[8:start].tobytes()), data[start:]

    def __getitem__(self, name):
        begin, end = self.header[name]["data_offsets"]
        values = self.values[begin:end].view(_DTYPES[self.header[name]["dtype"]])
        return np.array(values.reshape(self.header[name]["shape"]))


def ids(path):
    """The ids of an index file, row by row."""
    index = Tensors(path)
    offsets, text = index["offsets"].tolist(), index["text"].tobytes()
    return [text[begin:end].decode() for begin, end in zip(offsets, offsets[1:])]


class Factors:
    def __init__(self, folder):
        tensors = Tensors(f"{folder}/model.safetensors")
        self.items, self.users = tensors["item_factors"], tensors["user_factors"]
        self.ids = np.array(ids(f"{folder}/items.index"), dtype=object)
        simulated = bytes(Tensors(f"{folder}/users.index")["text"][:8]) == b"shopper-"
        self.rows = None if simulated else {user: row for row, user in enumerate(ids(f"{folder}/users.index"))}

    def row(self, user):
        return int(user.rsplit("-", 1)[1]) if self.rows is None else self.rows[user]

    def recommend(self, user, k):
        """Returns the ids and scores of the k best items, best first."""
        scores = self.items @ self.users[self.row(user)]
        best = np.argpartition(-scores, k)[:k]
        best = best[np.argsort(-scores[best])]
        return self.ids[best].tolist(), scores[best].tolist()

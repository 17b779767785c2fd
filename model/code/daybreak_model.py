"""MLflow's python_function flavor of a Daybreak model: the scores that config.json and the tensors
define, in numpy. It answers as the Go predictor does, up to the order in which floats are summed.

    import mlflow, pandas
    model = mlflow.pyfunc.load_model("models:/recommender/13")
    model.predict(pandas.DataFrame({"user_id": ["17850"], "history": ['["85123A"]']}), params={"k": 5})

gives a row for each shopper, with the lists item_id and score. `history`, `exclude` and `similar_to`
may be left out or empty; the first two are JSON lists as in the predictor's API.
"""

import json
import os
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet

_DTYPES = {"F32": "<f4", "I32": "<i4", "I64": "<i8", "U8": "u1"}
_MOST = 1000


def _load_pyfunc(path):
    """The entry point that MLflow calls with the model's folder."""
    return Recommender(path)


def _time(text):
    """Returns the seconds since 1970 of a time such as 2011-11-08T10:00:00Z, or None."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else None


def _text(request, column):
    """Returns a text of a request, or "" where it has none."""
    value = request.get(column)
    return value if isinstance(value, str) else ""


def _list(request, column):
    """Returns a JSON list of a request, empty where it has none."""
    return json.loads(_text(request, column) or "null") or []


def _read_tensors(path):
    """Maps the tensors of a safetensors file, by name."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    start = 8 + int(data[:8].view("<u8")[0])
    tensors = {}
    for name, place in json.loads(data[8:start].tobytes()).items():
        if name == "__metadata__" or name.startswith("padding."):
            continue
        begin, end = place["data_offsets"]
        values = data[start + begin : start + end].view(_DTYPES[place["dtype"]])
        tensors[name] = values.reshape(place["shape"])
    return tensors


class Recommender:
    """Scores and ranks all items for a shopper."""

    def __init__(self, path):
        with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
            self.scoring = json.load(file)["scoring"]
        self.tensors = _read_tensors(os.path.join(path, "model.safetensors"))
        items = parquet.read_table(os.path.join(path, "items.parquet"))["item_id"].to_pylist()
        users = parquet.read_table(os.path.join(path, "users.parquet"))["user_id"].to_pylist()
        self.items = np.array(items, dtype=object)
        self.item_row = {item: row for row, item in enumerate(items)}
        self.user_row = {user: row for row, user in enumerate(users)}
        factors = self.tensors["item_factors"].astype(np.float64)
        unobserved = self.scoring["factorisation"]["unobserved_weight"]
        self.gramian = unobserved * factors.T @ factors

    def predict(self, model_input, params=None):
        params = params or {}
        k = int(params.get("k", 10))
        if not 1 <= k <= _MOST:
            raise ValueError(f"k is {k}; it must be from 1 to {_MOST}")
        rows = [
            self.recommend(
                request["user_id"],
                _list(request, "history"),
                k,
                bool(params.get("exclude_seen", False)),
                _list(request, "exclude"),
                self.item_row.get(_text(request, "similar_to")),
            )
            for request in model_input.to_dict(orient="records")
        ]
        return pd.DataFrame(rows, columns=["item_id", "score"], index=model_input.index)

    def recommend(self, user, history, k, exclude_seen, exclude=(), similar_to=None):
        """Returns the ids and scores of the k best items, best first, ties by id."""
        if similar_to is not None:
            scores, out = self._similarities(similar_to), [similar_to]
        else:
            scores, seen = self._personal_scores(user, history)
            out = seen if exclude_seen else []
        out = [*out, *(self.item_row[item] for item in exclude if item in self.item_row)]
        scores[np.array(out, dtype=np.int64)] = -np.inf
        best = np.argsort(-scores, kind="stable")[:k]
        best = best[np.isfinite(scores[best])]
        return self.items[best].tolist(), scores[best].tolist()

    def _personal_scores(self, user, history):
        """Returns what every item scores for a shopper, and the rows of what the shopper bought."""
        events = [{"item_id": event} if isinstance(event, str) else event for event in history]
        row = self.user_row.get(user)
        past = self._row("past", row) if row is not None else ([], [])
        profile = self._profile(past, events)
        factors = None
        if row is not None and not events:
            factors = self.tensors["user_factors"][row]
        elif profile:
            factors = self._fold_in(profile)
        bought = [event["item_id"] for event in events if event.get("type") == "purchase"]
        seen = [*past[0], *(self.item_row[item] for item in bought if item in self.item_row)]
        return self._scores(profile, factors), seen

    def _similarities(self, item):
        """Returns how like the item of a row every item is: item-to-item weights and the factors' cosine."""
        blend, factors = self.scoring["blend"], self.tensors["item_factors"].astype(np.float64)
        norms = np.linalg.norm(factors, axis=1)
        norms[norms == 0] = np.inf
        scores = blend["factors"] * (factors @ factors[item]) / (norms * norms[item])
        neighbours, similarities = self._row("item_item", item)
        scores[neighbours] += blend["item_item"] * similarities
        return scores

    def _row(self, matrix, row):
        begin, end = self.tensors[matrix + ".indptr"][row : row + 2]
        return self.tensors[matrix + ".indices"][begin:end], self.tensors[matrix + ".weights"][begin:end]

    def _profile(self, past, events):
        """Returns the weight of each item, by row, that the shopper did something with."""
        profile = dict(zip((int(item) for item in past[0]), (float(weight) for weight in past[1])))
        times = [_time(event.get("time")) for event in events]
        newest = max((time for time in times if time is not None), default=None)
        for place, (event, time) in enumerate(zip(events, times)):
            row = self.item_row.get(event["item_id"])
            weight = self.scoring["event_weights"].get(event.get("type") or "view", 0)
            if time is not None:
                weight *= 2 ** (-(newest - time) / 86400 / self.scoring["history_half_life_days"])
            elif self.scoring.get("session_half_life", 0) > 0:
                weight *= 2 ** (-(len(events) - 1 - place) / self.scoring["session_half_life"])
            if row is not None and weight > 0:
                profile[row] = profile.get(row, 0) + weight
        return profile

    def _fold_in(self, profile):
        """Solves for a shopper's factors as training does."""
        objective = self.scoring["factorisation"]
        factors = self.tensors["item_factors"][list(profile)].astype(np.float64)
        weights = objective["confidence"] * np.array(list(profile.values()))
        count = len(profile) + objective["unobserved_weight"] * len(self.items)
        ridge = objective["regularisation"] * count ** objective["regularisation_exponent"]
        system = self.gramian + (factors.T * weights) @ factors + ridge * np.eye(factors.shape[1])
        return np.linalg.solve(system, factors.T @ weights)

    def _scores(self, profile, factors):
        """Scores every item; the formula is that of `scoring` in config.json."""
        blend = self.scoring["blend"]
        popularity = self.tensors["popularity"].astype(np.float64)
        scores = blend["popularity"] * popularity
        if factors is not None:
            scores += blend["factors"] * self.tensors["lift"] * (self.tensors["item_factors"] @ factors)
        for item, weight in profile.items():
            scores[item] += blend["past"] * weight * (blend["past_offset"] + popularity[item]) ** blend["past_exponent"]
            neighbours, similarities = self._row("item_item", item)
            scores[neighbours] += blend["item_item"] * np.log1p(self.scoring["saturation"] * weight) * similarities
        return scores

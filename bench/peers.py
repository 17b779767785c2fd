"""Tunes and trains Daybreak's peers on one training table and prints their lists.

    peers.py --table train.tsv --shoppers shoppers.txt --as-of 1315180800 --k 20 --threads 2 --rounds 2

The table has a line for each thing a shopper did with an item in a day: shopper,
item, weight, second since 1970 at which the day began, separated by tabs. All of
it lies before --as-of. Each peer is fitted with every point of its grid on what
lies before the table's last week and measured on that week (NDCG@k); with the
best point for each setting it is fitted once more on the whole table. Settings:
"all" ranks every item, "new" leaves out what the shopper has in the table.

Standard output holds one JSON document: versions, and for each peer what was
chosen, seconds, and a list of items for each shopper.
"""

import argparse
import importlib.metadata
import itertools
import json
import platform
import sys
import time
import warnings
from dataclasses import dataclass
from typing import Callable

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from implicit.utils import ParameterWarning
from scipy.sparse import csr_matrix

DAY = 24 * 60 * 60
WEEK = 7 * DAY
SETTINGS = ("all", "new")
SEED = 1


class Table:
    """Rows of shopper, item, weight and second, with ids also as sorted numbers."""

    def __init__(self, users, items, weights, seconds):
        self.user_ids, self.item_ids, self.weights, self.seconds = users, items, weights, seconds
        self.users, self.user = np.unique(users, return_inverse=True)
        self.items, self.item = np.unique(items, return_inverse=True)

    @classmethod
    def read(cls, path):
        with open(path, encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
        users, items, weights, seconds = zip(*rows)
        return cls(np.array(users), np.array(items), np.array(weights, np.float32), np.array(seconds, np.int64))

    def where(self, mask):
        return Table(self.user_ids[mask], self.item_ids[mask], self.weights[mask], self.seconds[mask])

    def counts(self, as_of, half_life_days):
        """Summed weights [users, items]; with a half-life, the day before as_of weighs in full."""
        weights = self.weights
        if half_life_days is not None:
            age = (as_of - self.seconds) / DAY - 1
            weights = (weights * np.exp2(-age / half_life_days)).astype(np.float32)
        return csr_matrix((weights, (self.user, self.item)), shape=(len(self.users), len(self.items)))


# A fitted peer: given rows of users, whether to leave out what they have, and k, the rows of items
# [users, k], best first, padded with -1.
Ranker = Callable[[np.ndarray, bool, int], np.ndarray]


def best(scores, k):
    """Columns of the k best scores of each row; ties by column; -inf is no candidate."""
    k = min(k, scores.shape[1])
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.where(np.take_along_axis(scores, order, axis=1) == -np.inf, -1, order)


def without_seen(scores, seen):
    scores[seen.nonzero()] = -np.inf
    return scores


def popularity(table, as_of, threads, half_life_days) -> Ranker:
    counts = table.counts(as_of, half_life_days)
    popular = np.asarray(counts.sum(axis=0), np.float64).ravel()

    def rank(users, new, k):
        scores = np.tile(popular, (len(users), 1))
        return best(without_seen(scores, counts[users]) if new else scores, k)

    return rank


def own_past(table, as_of, threads, half_life_days) -> Ranker:
    """What the shopper had, most and latest first, then what is popular."""
    counts = table.counts(as_of, half_life_days)
    popular = np.asarray(counts.sum(axis=0), np.float64).ravel()
    popular /= popular.max() * 1e6  # below any past, where that is not years ago

    def rank(users, new, k):
        own = counts[users]
        scores = np.tile(popular, (len(users), 1))
        return best(without_seen(scores, own) if new else scores + own.toarray(), k)

    return rank


def with_implicit(model, counts) -> Ranker:
    model.fit(counts, show_progress=False)

    def rank(users, new, k):
        had = counts[users]
        items, scores = model.recommend(users, had, N=k, filter_already_liked_items=new)
        if new:  # where candidates run out, implicit fills up with what it was to leave out
            items = np.where(np.take_along_axis(had.toarray(), items.clip(0), axis=1) > 0, -1, items)
        return items

    return rank


def als(table, as_of, threads, half_life_days, factors, regularization, alpha) -> Ranker:
    counts = table.counts(as_of, half_life_days)
    return with_implicit(AlternatingLeastSquares(
        factors=factors, regularization=regularization, alpha=alpha, iterations=15,
        num_threads=threads, random_state=SEED), counts)


def bpr(table, as_of, threads, half_life_days, factors, learning_rate, regularization, iterations) -> Ranker:
    counts = table.counts(as_of, half_life_days)
    return with_implicit(BayesianPersonalizedRanking(
        factors=factors, learning_rate=learning_rate, regularization=regularization, iterations=iterations,
        num_threads=threads, random_state=SEED), counts)


def bm25(table, as_of, threads, half_life_days, K, K1, B) -> Ranker:
    return with_implicit(BM25Recommender(K=K, K1=K1, B=B, num_threads=threads), table.counts(as_of, half_life_days))


def cosine(table, as_of, threads, half_life_days, K) -> Ranker:
    return with_implicit(CosineRecommender(K=K, num_threads=threads), table.counts(as_of, half_life_days))


@dataclass
class Peer:
    name: str
    fit: Callable[..., Ranker]
    grid: dict  # name of a setting: values tried; a half-life of None is raw counts

    def points(self):
        return [dict(zip(self.grid, values)) for values in itertools.product(*self.grid.values())]


PEERS = [
    Peer("popularity", popularity, {"half_life_days": [3, 7, 14, 30]}),
    Peer("own past, then popularity", own_past, {"half_life_days": [30, 60, 120, 240]}),
    Peer("implicit ALS", als, {
        "half_life_days": [None, 60], "factors": [64, 256], "regularization": [12.0, 20.0, 40.0], "alpha": [5.0]}),
    # BPR samples what a shopper had, whatever its weight: raw or decayed is the same to it.
    Peer("implicit BPR", bpr, {
        "half_life_days": [None], "factors": [64], "learning_rate": [0.01], "regularization": [0.0001, 0.001],
        "iterations": [50, 150]}),
    Peer("implicit BM25 neighbours", bm25, {
        "half_life_days": [None, 60], "K": [2, 5, 10, 20, 50], "K1": [1.2, 10.0], "B": [0.25, 0.75]}),
    Peer("implicit cosine neighbours", cosine, {"half_life_days": [None, 60], "K": [2, 5, 20, 100]}),
]


def ndcg(ranking, truth, k):
    """Binary gains, discount log2(1 + place)."""
    gain = sum(1 / np.log2(place + 2) for place, item in enumerate(ranking) if item in truth)
    return gain / sum(1 / np.log2(place + 2) for place in range(min(k, len(truth))))


class Week:
    """Shoppers of a week who were known before, and what of the items known before they took in it."""

    def __init__(self, before, during):
        known = np.isin(during.user_ids, before.users) & np.isin(during.item_ids, before.items)
        user = np.searchsorted(before.users, during.user_ids[known])
        item = np.searchsorted(before.items, during.item_ids[known])
        pairs = csr_matrix((np.ones(len(user)), (user, item)), shape=(len(before.users), len(before.items)))
        seen = before.counts(0, None)
        self.users = np.unique(user)
        self.truth = {"all": [set(pairs[u].indices) for u in self.users]}
        self.truth["new"] = [truth - set(seen[u].indices) for u, truth in zip(self.users, self.truth["all"])]

    def measure(self, rank, setting, k):
        """Mean NDCG@k."""
        rankings = rank(self.users, setting == "new", k)
        values = [ndcg(ranking, truth, k) for ranking, truth in zip(rankings, self.truth[setting]) if truth]
        return float(np.mean(values)) if values else 0.0


def tune(peer, table, as_of, k, threads):
    """The best point of the grid for each setting, measured on the last week of the table."""
    cut = as_of - WEEK
    before = table.where(table.seconds < cut)
    week = Week(before, table.where(table.seconds >= cut))
    chosen = {setting: (-1.0, None) for setting in SETTINGS}
    for point in peer.points():
        rank = peer.fit(before, cut, threads, **point)
        values = {setting: week.measure(rank, setting, k) for setting in SETTINGS}
        for setting, value in values.items():
            if value > chosen[setting][0]:
                chosen[setting] = (value, point)
    return chosen


def measured(peer, table, shoppers, options):
    begin = time.perf_counter()
    chosen = tune(peer, table, options.as_of, options.k, options.threads)
    answer = {"name": peer.name, "points": len(peer.points()), "tune_seconds": time.perf_counter() - begin}
    users = np.searchsorted(table.users, shoppers)
    for setting, (validation, point) in chosen.items():
        seconds = []
        for _ in range(options.rounds):
            begin = time.perf_counter()
            rank = peer.fit(table, options.as_of, options.threads, **point)
            seconds.append(time.perf_counter() - begin)
        rankings = rank(users, setting == "new", options.k)
        answer[setting] = {
            "chosen": point, "validation_ndcg": validation, "fit_seconds": min(seconds),
            "lists": [[str(table.items[item]) for item in ranking if item >= 0] for ranking in rankings],
        }
    print(f"{peer.name}: {answer['points']} points in {answer['tune_seconds']:.1f} s; "
          + "; ".join(f"{s}: {answer[s]['chosen']} {answer[s]['validation_ndcg']:.4f}, {answer[s]['fit_seconds']:.2f} s"
                      for s in SETTINGS), file=sys.stderr)
    return answer


def main():
    warnings.simplefilter("ignore", ParameterWarning)  # implicit's neighbours convert matrices of their own making
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", required=True, help="what lies before the week, tab-separated")
    parser.add_argument("--shoppers", required=True, help="whose lists are asked for, an id a line")
    parser.add_argument("--as-of", required=True, type=int, help="start of the week, in seconds since 1970")
    parser.add_argument("--k", required=True, type=int, help="length of the lists")
    parser.add_argument("--threads", required=True, type=int, help="threads to fit with")
    parser.add_argument("--rounds", required=True, type=int, help="how often the last fit is timed")
    options = parser.parse_args()
    table = Table.read(options.table)
    with open(options.shoppers, encoding="utf-8") as file:
        shoppers = np.array([line.rstrip("\n") for line in file])
    if not np.isin(shoppers, table.users).all():
        parser.error(f"{options.shoppers} names a shopper of whom {options.table} has nothing")
    versions = {package: importlib.metadata.version(package) for package in ("implicit", "numpy", "scipy")}
    json.dump({
        "versions": {"python": platform.python_version(), **versions},
        "peers": [measured(peer, table, shoppers, options) for peer in PEERS],
    }, sys.stdout)


if __name__ == "__main__":
    main()

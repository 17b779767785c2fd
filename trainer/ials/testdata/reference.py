"""iALS as its papers write it, in float64: each row's normal equations, formed and solved.

    reference.py FOLDER

FOLDER holds settings.json and, in the machine's byte order, indptr (int64), indices (int32), weights
(float32) of a matrix [users, items] and items (float32), the first item factors [items, rank]. After
each epoch the scores [users, items] are written to scores-EPOCH as float64. Where settings.json says so, both
sides' regularisation is balanced, factor by factor, after the first half.
"""

import json
import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
settings = json.loads((folder / "settings.json").read_text())


def read(name, dtype):
    return np.fromfile(folder / name, dtype)


def ridges(observed):
    """The regularisation of each row of observed [rows, columns]."""
    size = (observed != 0).sum(axis=1) + settings["unobserved_weight"] * observed.shape[1]
    return settings["regularisation"] * size ** settings["regularisation_exponent"]


def half(observed, other):
    """Factors of each row of observed [rows, columns] given those of its columns."""
    confidence, unobserved = settings["confidence"], settings["unobserved_weight"]
    everything = unobserved * other.T @ other
    side, ridge = np.zeros((len(observed), other.shape[1])), ridges(observed)
    for row, weights in enumerate(observed):
        (columns,) = weights.nonzero()
        if len(columns) == 0:
            continue
        seen, c = other[columns], confidence * weights[columns]
        side[row] = np.linalg.solve(everything + seen.T @ (c[:, None] * seen) + ridge[row] * np.eye(other.shape[1]), seen.T @ c)
    return side


indptr, items = read("indptr", np.int64), read("items", np.float32).astype(np.float64).reshape(-1, settings["rank"])
matrix = np.zeros((len(indptr) - 1, len(items)))
matrix[np.repeat(np.arange(len(matrix)), np.diff(indptr)), read("indices", np.int32)] = read("weights", np.float32)
for epoch in range(1, settings["epochs"] + 1):
    users = half(matrix, items)
    if epoch == 1 and settings["balanced"]:
        users *= ((ridges(matrix.T) @ items**2) / (ridges(matrix) @ users**2)) ** 0.25
    items = half(matrix.T, users)
    (users @ items.T).tofile(folder / f"scores-{epoch}")

"""Learns a problem that bench/training has written with implicit's ALS.

    implicit_als.py --folder FOLDER --out OUT --rank 64 --epochs 15 --threads 2 --regularisation 1 --alpha 5

After each epoch the factors of the sampled users and of all items go to OUT as users-EPOCH and
items-EPOCH, float32. Standard output holds JSON: version, the seconds of each epoch, without what is
written, and the most bytes of memory that were resident, with nothing read yet and in all: as memory.go
counts them.
"""

import argparse
import importlib.metadata
import json
import pathlib
import warnings

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.utils import ParameterWarning
from scipy.sparse import csr_matrix

warnings.simplefilter("ignore", ParameterWarning)
parser = argparse.ArgumentParser()
for name, kind in {
    "folder": pathlib.Path, "out": pathlib.Path, "rank": int, "epochs": int, "threads": int, "regularisation": float, "alpha": float,
}.items():
    parser.add_argument("--" + name, type=kind, required=True)
arguments = parser.parse_args()
problem = json.loads((arguments.folder / "problem.json").read_text())


def memory():
    status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
    most, anonymous, file = (int(status[name].split()[0]) * 1024 for name in ("VmHWM", "RssAnon", "RssFile"))
    return {"all": most, "anonymous": max(anonymous, most - file)}


def read(name, dtype):
    return np.fromfile(arguments.folder / name, dtype)


base = memory()
counts = csr_matrix(
    (read("weights", np.float32), read("indices", np.int32), read("indptr", np.int64)), shape=(problem["users"], problem["items"])
)
sample = read("sample", np.int32)
seconds = []
model = AlternatingLeastSquares(
    factors=arguments.rank, regularization=arguments.regularisation, alpha=arguments.alpha,
    iterations=arguments.epochs, num_threads=arguments.threads, random_state=1, dtype=np.float32,
)


def after(epoch, elapsed, loss):
    seconds.append(elapsed)
    model.user_factors[sample].tofile(arguments.out / f"users-{epoch + 1}")
    model.item_factors.tofile(arguments.out / f"items-{epoch + 1}")


model.fit(counts, show_progress=False, callback=after)
print(json.dumps({"version": importlib.metadata.version("implicit"), "seconds": seconds, "base": base, "peak": memory()}))

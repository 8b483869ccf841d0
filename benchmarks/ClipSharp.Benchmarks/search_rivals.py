"""Exact search by NumPy and by faiss' flat index, timed a query set at a time for SearchSpeed.cs.

Both hold the vectors as float32, as their users do: NumPy has no matrix product of halves."""
import sys
import time

import faiss
import numpy as np

vectors = np.load(sys.argv[1]).astype(np.float32)
top = int(sys.argv[2])
flat = faiss.IndexFlatIP(vectors.shape[1])
flat.add(vectors)
queries = np.random.default_rng(2).standard_normal((64, vectors.shape[1]), dtype=np.float32)
queries /= np.linalg.norm(queries, axis=1, keepdims=True)


def by_numpy(some):
    scores = some @ vectors.T
    best = np.argpartition(scores, -top, axis=1)[:, -top:]
    found = np.take_along_axis(scores, best, axis=1)
    return np.take_along_axis(best, np.argsort(-found, axis=1), axis=1)


print(f"NumPy {np.__version__}, faiss {faiss.__version__}, {faiss.omp_get_max_threads()} threads", flush=True)
for line in sys.stdin:
    name, count = line.split()
    some = queries[: int(count)]
    began = time.perf_counter()
    by_numpy(some) if name == "numpy" else flat.search(some, top)
    print(time.perf_counter() - began, flush=True)

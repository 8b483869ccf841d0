"""Reads shards as a plain loop over Python's tarfile does, members grouped by key: python3 data_rival.py FOLDER [PROCESSES]."""
import glob
import multiprocessing
import os
import sys
import tarfile
import time


def samples(path):
    key, sample = None, {}
    with tarfile.open(path, "r|") as tar:
        for member in tar:
            if not member.isfile():
                continue
            base, _, extension = member.name.partition(".")
            if base != key and sample:
                yield sample
                sample = {}
            key = base
            sample[extension] = tar.extractfile(member).read()
    if sample:
        yield sample


def read(path):
    count = size = 0
    for sample in samples(path):
        if "jpg" in sample and "txt" in sample:
            count += 1
            size += len(sample["jpg"]) + len(sample["txt"].decode())
    return count, size


if __name__ == "__main__":
    shards = sorted(glob.glob(os.path.join(sys.argv[1], "*.tar")))
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    start = time.time()
    if processes > 1:
        with multiprocessing.Pool(processes) as pool:
            found = pool.map(read, shards)
    else:
        found = [read(shard) for shard in shards]
    seconds = time.time() - start
    count = sum(c for c, _ in found)
    print(f"tarfile, {processes} processes: {count:,} samples, {sum(s for _, s in found):,} bytes and characters in {seconds:.2f} s, {count / seconds:,.0f} a second")

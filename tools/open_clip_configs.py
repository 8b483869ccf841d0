"""What open_clip's model configurations say, for OpenClipConfigsTests.cs: python3 open_clip_configs.py CHECKOUT FILE.json.gz

The members of each file of src/open_clip/model_configs by the model's name, and the table docs/model_profile.csv: parameters in
millions and, by fvcore's count, two operations a multiply-add."""
import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

checkout, target = Path(sys.argv[1]), Path(sys.argv[2])
commit = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
models = {path.stem: json.loads(path.read_text()) for path in sorted((checkout / "src/open_clip/model_configs").glob("*.json"))}
with open(checkout / "docs/model_profile.csv", newline="") as table:
    costs = {row["model"]: {name: float(row[name]) for name in ("mparams", "image_mparams", "image_gflops", "text_gflops")}
             for row in csv.DictReader(table)}
content = json.dumps({"commit": commit, "models": models, "costs": costs}, sort_keys=True, separators=(",", ":"))
target.write_bytes(gzip.compress(content.encode(), mtime=0))
print(f"{len(models)} models, {len(costs)} with their costs, of {commit}")

"""scikit-learn's L-BFGS on the features of ProbeSpeed.cs, one strength at a time: a line "C SET TYPE" trains, where SET is train or
both and TYPE float32 or float64, and answers "seconds processor-seconds accuracy iterations". The accuracy is of the validation rows, for both of the
test rows."""
import sys
import time

import numpy as np
import sklearn
import threadpoolctl
from sklearn.linear_model import LogisticRegression

folder, most = sys.argv[1], int(sys.argv[2])
sets = {name: (np.load(f"{folder}/{name}-features.npy"), np.load(f"{folder}/{name}-labels.npy"))
        for name in ("train", "validation", "test")}
sets["both"] = tuple(np.concatenate(parts) for parts in zip(sets["train"], sets["validation"]))
blas = ", ".join(f"{pool['internal_api']} {pool['version']} {pool['num_threads']} threads"
                 for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas")
print(f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}, {blas}", flush=True)
for line in sys.stdin:
    c, name, number = line.split()
    (features, labels), (held, expected) = sets[name], sets["validation" if name == "train" else "test"]
    features = features.astype(number)
    began, busy = time.perf_counter(), time.process_time()
    model = LogisticRegression(C=float(c), max_iter=most).fit(features, labels)
    right = (model.predict(held) == expected).mean()
    print(time.perf_counter() - began, time.process_time() - busy, right, model.n_iter_.max(), flush=True)

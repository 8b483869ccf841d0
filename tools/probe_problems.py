"""Twenty random problems of logistic regression and scikit-learn's solutions, for ScikitLearnTests.cs: python3 probe_problems.py
FOLDER

2 to 20 classes, 5 to 100 features; scales that differ, classes of unlike sizes, some that a plane divides; C from 0.01 to 100.
Solved in float64 by newton-cg until no derivative is above 1e-6: scikit-learn's lbfgs ends earlier, whatever its tolerance says.
The penalty makes the objective strongly convex with modulus 1 in the coefficients, so that they are no further from the optimum
than the gradient is long: that length is written too."""
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

PROBLEMS = 20


def problem(number):
    random = np.random.default_rng(number)
    classes, width = int(random.integers(2, 21)), int(random.integers(5, 101))
    if number % 5 == 0:
        classes = 2
    rows = int(random.integers(15, 40)) * classes
    shares = random.dirichlet(np.full(classes, 1.0 if number % 3 == 0 else 50.0))
    labels = np.concatenate([np.arange(classes), np.arange(classes), random.choice(classes, rows - 2 * classes, p=shares)])
    apart = 4.0 if number % 4 == 1 else 0.4
    features = random.normal(size=(len(labels), width)) + apart * random.normal(size=(classes, width))[labels]
    scales = 10 ** random.uniform(-2, 1, width) if number % 2 else np.ones(width)
    features = (features + random.normal(0, 3, width)) * scales
    return features.astype(np.float32), labels.astype(np.int32), float(10 ** random.uniform(-2, 2))


def gradient_length(features, labels, c, model):
    """Of scikit-learn's objective, whose parameters for two classes are one vector and one intercept."""
    probabilities = model.predict_proba(features)
    off = probabilities - np.eye(probabilities.shape[1])[labels]
    if probabilities.shape[1] == 2:
        off = off[:, 1:]
    return float(np.sqrt(((c * off.T @ features + model.coef_) ** 2).sum() + ((c * off.sum(0)) ** 2).sum()))


folder = Path(sys.argv[1])
index = []
for number in range(PROBLEMS):
    features, labels, c = problem(number)
    exact = features.astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a line search that finds nothing lower: the gradient's length tells
        model = LogisticRegression(C=c, solver="newton-cg", tol=1e-6, max_iter=10000).fit(exact, labels)
    for name, values in (("features", features), ("labels", labels), ("coefficients", model.coef_),
                         ("intercepts", model.intercept_), ("probabilities", model.predict_proba(exact))):
        np.save(folder / f"{number}-{name}.npy", values)
    index.append({"c": c, "classes": int(labels.max()) + 1, "rows": len(labels), "width": features.shape[1],
                  "gradient_length": gradient_length(exact, labels, c, model),
                  "accuracy": float(model.score(exact, labels))})
(folder / "index.json").write_text(json.dumps({"scikit_learn": sklearn.__version__, "problems": index}, indent=1))

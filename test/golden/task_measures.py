"""Writes NumPy's figures that the task measures are tested against: test/golden/task-measures.json.

Run by hand, from anywhere, with NumPy and SciPy:    python3 test/golden/task_measures.py
The committed figures were made with SciPy 1.17.1. Everything is computed in another way than in src/fisher/measures:
LogME by inverses of the whole matrix and by SciPy's optimiser, CKA by centring matrices, LEEP sample by sample.
"""

import json
import pathlib
import sys

# This folder is the first that is searched, and has a file of the name of Python's own module `statistics`.
sys.path.pop(0)

import numpy as np
import scipy
from scipy import optimize, special
from scipy.spatial import distance

random = np.random.default_rng(19)


def grid(*shape, step=1 / 64):
    """Normal deviates on a binary grid, which float32 holds exactly."""
    return np.round(random.normal(size=shape) / step) * step


def listed(matrix):
    rows, columns = matrix.shape
    return {"rows": rows, "columns": columns, "values": [float(v) for v in matrix.reshape(-1)]}


def evidence(features, y, alpha, beta):
    """log p(y | F, alpha, beta) / N: y is Gaussian with the covariance I / beta + F Fᵀ / alpha."""
    n = len(y)
    covariance = np.eye(n) / beta + features @ features.T / alpha
    _, logdet = np.linalg.slogdet(covariance)
    return -0.5 * (n * np.log(2 * np.pi) + logdet + y @ np.linalg.solve(covariance, y)) / n


def logme(features, labels):
    found = []
    for one in sorted(set(labels)):
        y = (labels == one).astype(float)
        best = optimize.minimize(
            lambda logs: -evidence(features, y, *np.exp(logs)), [0, 0], method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-14, "maxiter": 20_000},
        )
        found.append(-best.fun)
    return float(np.mean(found))


def logme_case(name, n, d, classes, told):
    labels = random.integers(0, classes, n)
    labels[:classes] = range(classes)
    features = grid(n, d)
    # As far as `told` the first column says whether a sample is of class 0.
    features[:, 0] += told * (labels == 0)
    return {"name": name, "features": listed(features), "labels": labels.tolist(), "logme": logme(features, labels)}


def leep(outputs, labels):
    shares = special.softmax(outputs, axis=1)
    n, _ = shares.shape
    joint = np.array([shares[labels == y].sum(axis=0) for y in range(labels.max() + 1)]) / n
    conditional = joint / joint.sum(axis=0)
    return float(np.mean([np.log(sum(conditional[labels[i]] * shares[i])) for i in range(n)]))


def leep_case(name, n, outputs, classes):
    logits = 3 * grid(n, outputs)
    labels = random.integers(0, classes, n)
    labels[:classes] = range(classes)
    return {"name": name, "outputs": listed(logits), "labels": labels.tolist(), "leep": leep(logits, labels)}


def cka(x, y):
    n = len(x)
    centring = np.eye(n) - 1 / n
    hsic = lambda a, b: np.trace(a @ a.T @ centring @ b @ b.T @ centring)
    return float(hsic(x, y) / np.sqrt(hsic(x, x) * hsic(y, y)))


def cka_case(name, n, d1, d2, shared):
    x = grid(n, d1) + 2
    y = np.round((grid(n, d2) + shared * x[:, :1]) * 64) / 64
    return {"name": name, "x": listed(x), "y": listed(y), "cka": cka(x, y)}


def symmetric(a, b):
    total = a + b
    quotient = lambda f: np.divide(f, total, out=np.zeros_like(f), where=total > 0)
    return distance.cosine(quotient(a), quotient(b))


def task2vec_case(name, zeros):
    a, b = np.abs(grid(12)), np.abs(grid(12)) * 4
    a[zeros], b[zeros] = 0, 0
    b[3] = 0
    trivial = np.full_like(a, a.mean())
    return {
        "name": name, "source": a.tolist(), "target": b.tolist(), "symmetric": float(symmetric(a, b)),
        "asymmetric": float(symmetric(a, b) - 0.15 * symmetric(a, trivial)),
    }


def spectrum_case(name, matrix, vectors):
    values, columns = np.linalg.eigh(matrix)
    return {
        "name": name, "matrix": listed(matrix), "vectors": [v.tolist() for v in vectors],
        "values": values.tolist(), "squares": [((columns.T @ v) ** 2).tolist() for v in vectors],
    }


def symmetric_matrix(n):
    m = grid(n, n)
    return m + m.T


figures = {
    "scipy": scipy.__version__,
    "logme": [
        logme_case("more samples than features", 40, 5, 3, 1.5),
        logme_case("more features than samples", 14, 24, 2, 1.5),
        logme_case("as many of both", 12, 12, 2, 3),
    ],
    "leep": [
        leep_case("as many classes", 30, 3, 3),
        leep_case("more of the target's", 25, 2, 5),
        leep_case("more of the source's", 25, 6, 2),
    ],
    "cka": [
        cka_case("few features", 30, 4, 6, 0.5),
        cka_case("more features than samples", 8, 20, 17, 2),
        cka_case("one wide, one narrow", 10, 40, 2, 1),
    ],
    "task2vec": [task2vec_case("all filters", []), task2vec_case("filters that neither uses", [0, 7])],
    "spectrum": [
        spectrum_case("of one number", np.array([[2.5]]), [np.array([2.0])]),
        spectrum_case("of a diagonal matrix", np.diag([3.0, -1.0, 2.0]), [grid(3), grid(3)]),
        spectrum_case("of seven", symmetric_matrix(7), [grid(7), grid(7)]),
        spectrum_case("of blocks", np.kron(np.diag([1.0, 5.0]), symmetric_matrix(3)), [grid(6)]),
        spectrum_case("of low rank", (lambda f: f @ f.T)(grid(9, 2)), [grid(9)]),
    ],
}

path = pathlib.Path(__file__).with_name("task-measures.json")
path.write_text(json.dumps(figures) + "\n")
print(f"wrote {path.name}, {path.stat().st_size / 1000:.1f} kB")

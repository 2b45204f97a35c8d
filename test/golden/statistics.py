"""Writes SciPy's and NumPy's figures that src/report/statistics is tested against: test/golden/statistics.json.

Run by hand, from anywhere, with SciPy:    python3 test/golden/statistics.py
The committed figures were made with SciPy 1.17.1.
"""

import itertools
import json
import pathlib
import sys

# This folder is the first that is searched: without this, Python's own module `statistics` would be this file.
sys.path.pop(0)

import numpy as np
import scipy
from scipy import stats

X = [0.31, 0.12, 0.77, 0.12, 0.45, 0.9, 0.05, 0.45, 0.62, 0.12]
TIES = [i * i % 7 % 3 for i in range(40)], [i * 5 % 11 % 4 for i in range(40)]
Y = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0]


def raised(given):
    """Holm by its closed tests: a hypothesis falls if Bonferroni's test refuses every group that it is in."""
    groups = [g for n in range(1, len(given) + 1) for g in itertools.combinations(range(len(given)), n)]
    bonferroni = {g: min(1.0, len(g) * min(given[i] for i in g)) for g in groups}
    return [max(p for g, p in bonferroni.items() if i in g) for i in range(len(given))]


def figures():
    ends = stats.bootstrap(
        (X,), np.mean, n_resamples=200_000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return {
        "scipy": scipy.__version__,
        "correlations": {
            "x": X,
            "y": Y,
            "spearman": float(stats.spearmanr(X, Y).statistic),
            "kendall": float(stats.kendalltau(X, Y, variant="b").statistic),
        },
        "quantiles": {
            "values": Y,
            "shares": (shares := [0, 0.025, 0.1, 0.5, 0.77, 0.975, 1]),
            "quantiles": [float(q) for q in np.quantile(Y, shares)],
        },
        "bootstrap": {
            "values": X,
            "low": float(ends.low),
            "high": float(ends.high),
        },
        "ties": {
            "a": TIES[0],
            "b": TIES[1],
            "tau": float(stats.kendalltau(*TIES, variant="b").statistic),
        },
        "holm": {
            "given": (given := [0.012, 0.3, 0.012, 0.004, 0.05, 0.9]),
            "raised": raised(given),
        },
    }


path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(figures(), indent=2) + "\n")
print(f"wrote {path.name}")

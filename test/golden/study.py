"""Writes SciPy's figures that the statistics of studies are tested against: test/golden/study.json.

Run by hand, from anywhere, with SciPy:    python3 test/golden/study.py
The committed figures were made with SciPy 1.17.1.
"""

import json
import pathlib
import sys

# This folder is the first that is searched, and has a file of the name of Python's own module `statistics`.
sys.path.pop(0)

import numpy as np
import scipy
from scipy import stats

# Skewed, as test errors are.
ERRORS = [2.1, 2.3, 2.2, 2.6, 2.4, 4.9, 2.5, 3.4]
OTHERS = [3.0, 3.1, 2.9, 5.2, 3.3]


def wilcoxon(name, differences):
    """Exact with all signs tried, and SciPy's method='exact' where neither ties nor zeros disturb it."""
    permuted = stats.wilcoxon(
        differences, zero_method="pratt", method=stats.PermutationMethod(n_resamples=np.inf)
    )
    sizes = [abs(d) for d in differences]
    plain = len(set(sizes)) == len(sizes) and 0 not in sizes
    exact = float(stats.wilcoxon(differences, method="exact").pvalue) if plain else None
    return {"name": name, "differences": differences, "p": float(permuted.pvalue), "exact": exact}


def bca(data, statistic):
    ends = stats.bootstrap(
        data, statistic, n_resamples=200_000, method="BCa", vectorized=False, rng=np.random.default_rng(0)
    ).confidence_interval
    return {"low": float(ends.low), "high": float(ends.high)}


def figures():
    random = np.random.default_rng(1)
    return {
        "scipy": scipy.__version__,
        "wilcoxon": [
            wilcoxon("five, all on one side", [-1.0, -2.0, -3.0, -4.0, -5.0]),
            wilcoxon("six, all on one side", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            wilcoxon("eight, mixed", [0.5, -1.5, 2.5, 3.0, -0.25, 4.0, 5.5, 1.0]),
            wilcoxon("twelve", [round(float(d), 3) for d in random.normal(0.5, 1, 12)]),
            wilcoxon("ties", [1.0, 1.0, -1.0, 2.0, 2.0, 3.0, -3.0, 3.0, 4.0]),
            wilcoxon("zeros", [0.0, 0.0, 1.0, 2.0, -3.0, 4.0, 5.0, 6.0]),
            wilcoxon("zeros and ties", [0.0, 1.0, 1.0, -1.0, 2.0, 2.0, 0.0, 2.0, 3.0, -2.0]),
            wilcoxon("as many on both sides", [1.0, -1.0, 2.0, -2.0]),
        ],
        "bca": {
            "values": ERRORS,
            "mean": bca((ERRORS,), np.mean),
            "others": OTHERS,
            "difference": bca((ERRORS, OTHERS), lambda a, b: np.mean(a) - np.mean(b)),
        },
        "normal": {
            "x": (x := [-9, -5, -3, -2.5, -1, -0.1, 0, 0.5, 1.96, 3, 3.5, 6]),
            "shares": [float(stats.norm.cdf(v)) for v in x],
            "given": (given := [1e-6, 0.00025, 0.025, 0.3, 0.5, 0.84, 0.975, 0.99999]),
            "quantiles": [float(stats.norm.ppf(share)) for share in given],
        },
    }


path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(figures(), indent=2) + "\n")
print(f"wrote {path.name}")

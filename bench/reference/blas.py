"""Which BLAS PyTorch multiplies with: prints where it lies, and exits with 1 if that is the reference BLAS.

Debian's python3-torch takes whatever libblas.so.3 there is. The reference BLAS, which comes with it, is some thirty
times slower than OpenBLAS (matmul 1024³ on one core: 355 ms and 11): nothing to compare an engine with.
"""

import os
import sys

import torch

REFERENCE = "blas"


def blas():
    """The name of the folder that Debian's package keeps its library in, such as openblas-pthread."""
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if "/libblas.so" in line}
    return os.path.basename(os.path.dirname(files.pop())) if files else "its own BLAS"


if __name__ == "__main__":
    print(blas())
    sys.exit(blas() == REFERENCE)

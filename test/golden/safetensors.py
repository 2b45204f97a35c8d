"""Writes python.safetensors, a file of Python's own safetensors package, which ours has to read and to write alike.

Run by hand:    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install safetensors numpy
                /tmp/venv/bin/python test/golden/safetensors.py
The committed file was made with safetensors 0.8.0 and numpy 2.4.6.
"""

import pathlib
import sys

# This file's own name would be found instead of the package's.
sys.path = [path for path in sys.path if pathlib.Path(path).resolve() != pathlib.Path(__file__).parent.resolve()]

import numpy
from safetensors.numpy import save_file

TENSORS = {
    "encoder.0.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4 - 0.5,
    "encoder.0.bias": numpy.array([1.5, -2.25], dtype=numpy.float32),
    "steps": numpy.array(7, dtype=numpy.int32),
    "indices": numpy.array([0, 2**32 - 1], dtype=numpy.uint32),
    "images": numpy.array([[0, 1, 255]], dtype=numpy.uint8),
    "empty": numpy.zeros((0, 3), dtype=numpy.float32),
}

save_file(TENSORS, pathlib.Path(__file__).parent / "python.safetensors", metadata={"format": "np"})

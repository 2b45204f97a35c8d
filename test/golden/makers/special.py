"""Every elementwise op and reduction at zeros, denormals, the ends of float32, infinities and NaN, in float32.

An elementwise case holds every value, or every pair of values, with gradients for a cotangent of ones. A row case holds
rows [a, 0, ..., 0, b] of every pair; what is given by element is given of the first, the zeros (where there are any) and
the last. Its cotangent is one where a row has one result, else [1, 0, ..., 0, -1/2].
"""

import functools
import itertools
import math

import torch
import torch.nn.functional as F

SMALLEST = 2.0**-149
SMALLEST_NORMAL = 2.0**-126
LARGEST = 2.0**127 * (2 - 2.0**-23)
SIZES = [0.0, SMALLEST, SMALLEST_NORMAL, 0.5, 1.0, 2.0, 3.0, LARGEST, math.inf]
VALUES_OF_LONG_ROWS = [0.0, 1.0, -1.0, LARGEST, -LARGEST, math.inf, -math.inf, math.nan]
VALUES = [sign * size for size in SIZES for sign in (1, -1)] + [math.nan]
PAIRS = list(itertools.product(VALUES, VALUES))
# Short rows and long ones, and those read in groups of four, have kernels of their own.
ROWS = {length: (VALUES if length < 64 else VALUES_OF_LONG_ROWS) for length in (2, 4, 333, 324)}

UNARY = {
    "neg": torch.neg,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
}
BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "maximum": torch.maximum,
    "where": lambda a, b: torch.where(a.detach().bool(), a, b),
}
def gelu_by_tanh(x):
    return F.gelu(x, approximate="tanh")


FURTHER_VALUES = VALUES + [
    sign * size
    for size in (2.0**-25, 0.25, 1.5, 2.5, 3.5, 5.0, 7.0, 11.0, 21.0, 89.0, 100.0, 1e5, 2.0**23 - 0.5, 2.0**70)
    for sign in (1, -1)
]
# In float32 log1p has infinity for the largest number, and the approximate gelu NaN where the cube of x is none: float64 it is.
EXACT = {"log1p", "gelu"}
# Functions of one tensor, with options by our names.
FURTHER = [
    ("sin", torch.sin, {}),
    ("cos", torch.cos, {}),
    ("tan", torch.tan, {}),
    ("rsqrt", torch.rsqrt, {}),
    ("log1p", torch.log1p, {}),
    ("expm1", torch.expm1, {}),
    ("floor", torch.floor, {}),
    ("ceil", torch.ceil, {}),
    ("round", torch.round, {}),
    ("sign", torch.sign, {}),
    ("reciprocal", torch.reciprocal, {}),
    ("square", torch.square, {}),
    ("leakyRelu", F.leaky_relu, {}),
    ("leakyRelu", lambda x: F.leaky_relu(x, 0.25), {"negativeSlope": 0.25}),
    ("elu", F.elu, {}),
    ("elu", lambda x: F.elu(x, 0.5), {"alpha": 0.5}),
    ("silu", F.silu, {}),
    ("mish", F.mish, {}),
    ("softplus", F.softplus, {}),
    ("softplus", lambda x: F.softplus(x, 2.0, 3.0), {"beta": 2.0, "threshold": 3.0}),
    ("hardSigmoid", F.hardsigmoid, {}),
    ("hardSwish", F.hardswish, {}),
    ("gelu", gelu_by_tanh, {"approximate": "tanh"}),
    ("logicalNot", torch.logical_not, {}),
    ("isNan", torch.isnan, {}),
]
FURTHER_PAIRS = [
    ("minimum", torch.minimum),
    ("eq", torch.eq),
    ("ne", torch.ne),
    ("lt", torch.lt),
    ("le", torch.le),
    ("gt", torch.gt),
    ("ge", torch.ge),
    ("logicalAnd", torch.logical_and),
    ("logicalOr", torch.logical_or),
]
LIMITS = [
    (0.0, None),
    (None, 1.0),
    (-1.0, 2.0),
    (-math.inf, math.inf),
    (math.inf, None),
    (2.0, 1.0),
]
REDUCTIONS = {
    "sum": lambda x: x.sum(1),
    "mean": lambda x: x.mean(1),
    "max": lambda x: x.amax(1),
    "logSumExp": lambda x: x.logsumexp(1),
    "softmax": lambda x: x.softmax(1),
    "logSoftmax": lambda x: x.log_softmax(1),
    "crossEntropy": lambda x: F.cross_entropy(
        x, torch.zeros(len(x), dtype=torch.long), reduction="none"
    ),
}


def word(value):
    """JSON has no infinities and no NaN: they are written as words. Nine digits tell all float32 apart."""
    return float(f"{value:.9g}") if math.isfinite(value) else str(value)


def encoded(tensor):
    return [word(value) for value in tensor.detach().reshape(-1).tolist()]


def called_in(dtype, function, cotangent, inputs):
    leaves = [torch.tensor(values, dtype=dtype, requires_grad=True) for values in inputs]
    output = function(*leaves)
    if not output.is_floating_point():
        return (output.to(dtype),)
    weights = torch.ones_like(output) if cotangent is None else cotangent.to(dtype).expand(output.shape)
    return output, *torch.autograd.grad(output, leaves, weights)


def called(function, *inputs, cotangent=None, exact=False):
    """Output and gradients: what float32 makes of it, with the digits that float64 has of it, or float64's alone."""
    results = zip(
        called_in(torch.float64 if exact else torch.float32, function, cotangent, inputs),
        called_in(torch.float64, function, cotangent, inputs),
    )
    output, *grads = (
        torch.where((single - double).abs() <= 1e-3 * double.abs() + 1e-7, double, single.double())
        for single, double in results
    )
    return output, grads


def elementwise(op, function, inputs, options=None, exact=False):
    output, grads = called(function, *inputs, exact=exact)
    return {
        "op": op,
        "options": {
            key: value if isinstance(value, str) else word(value)
            for key, value in (options or {}).items()
            if value is not None
        },
        "inputs": [encoded(torch.tensor(values)) for values in inputs],
        "output": encoded(output),
        "grads": [encoded(grad) for grad in grads],
    }


def rows(op, function, length):
    pairs = list(itertools.product(ROWS[length], ROWS[length]))
    filled = torch.tensor([[a, *[0.0] * (length - 2), b] for a, b in pairs])
    where = sorted({0, 1, length - 1})
    base = {"op": op, "length": length, "inputs": [encoded(torch.tensor(side)) for side in zip(*pairs)]}
    if op == "argmax":
        return {**base, "output": filled.argmax(1).tolist(), "grad": []}
    if "oftmax" in op:
        cotangent = torch.zeros(length)
        cotangent[0], cotangent[-1] = 1.0, -0.5
    else:
        cotangent = None
    output, (grad,) = called(function, filled.tolist(), cotangent=cotangent)
    return {
        **base,
        "output": encoded(output[:, where] if output.dim() == 2 else output),
        "grad": encoded(grad[:, where]),
    }


def elementwise_cases():
    for op, function in UNARY.items():
        yield elementwise(op, function, [VALUES])
    for low, high in LIMITS:
        clamp = functools.partial(torch.clamp, min=low, max=high)
        yield elementwise("clamp", clamp, [VALUES], {"min": low, "max": high})
    first, second = zip(*PAIRS)
    for op, function in BINARY.items():
        yield elementwise(op, function, [first, second])


def further_cases():
    """Those that came later, at more values."""
    for op, function, options in FURTHER:
        # There 1 + tanh loses the digits of float64, too.
        values = [value for value in FURTHER_VALUES if op != "gelu" or value not in (-5, -7)]
        yield elementwise(op, function, [values], options, exact=op in EXACT)
    first, second = zip(*PAIRS)
    for op, function in FURTHER_PAIRS:
        yield elementwise(op, function, [first, second])


def row_cases():
    for length in ROWS:
        for op, function in {**REDUCTIONS, "argmax": None}.items():
            yield rows(op, function, length)

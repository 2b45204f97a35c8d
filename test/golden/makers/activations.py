"""relu, sigmoid, tanh and gelu (exact erf) over a line of values, large ones included."""

import torch
import torch.nn.functional as F

from .case import differentiated

POINTS = torch.cat(
    [
        torch.tensor([-1000.0, -100, -88, -50, -20, -12, -10, -8, -6, -5]),
        torch.arange(-32, 33) / 8,
        torch.tensor([5.0, 6, 8, 10, 12, 20, 50, 88, 100, 1000]),
        torch.tensor([-1.0, 1]) / 1024,
    ]
).double()


def cases():
    for op, function in (
        ("relu", F.relu),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
        ("gelu", F.gelu),
    ):
        yield differentiated("a line of values", op, lambda input: function(input), {"input": POINTS})

"""Reductions, sorts, scatters, borders and moves along axes: what PyTorch gives for a call with these arguments.

Arguments are those of our op after its first tensor; '@name' stands for an input.
"""

import torch
import torch.nn.functional as F

from .case import differentiated, grid


def call(op, function, args, **inputs):
    return differentiated(f"{op} {args}", op, function, inputs, {"args": args})


def reductions():
    x = grid(3, 4)
    for correction in (0, 1, 2):
        options = [0, {"correction": correction, "keepDims": True}]
        yield call("var", lambda input: input.var(0, correction=correction, keepdim=True), options, input=x)
    yield call("std", lambda input: input.std((0, 1), correction=1), [[0, 1]], input=x)
    equal = torch.full((2, 3), 0.25)
    yield call("std", lambda input: input.std(1, correction=1), [1], input=equal)
    zeros = torch.tensor([[0.5, 2.0, -1.5], [0.0, 3.0, 2.0], [0.0, 0.0, 1.0]])
    yield call("prod", lambda input: input.prod(1), [1], input=zeros)
    ties = torch.tensor([[1.0, -2.0, -2.0], [0.5, 0.5, 0.5]])
    yield call("min", lambda input: input.amin(1), [1], input=ties)
    yield call("cumsum", lambda input: input.cumsum(0), [0], input=x)


def sorts():
    x = torch.tensor([[2.0, -1.0, 2.0, 0.0, -0.0], [0.5, 0.25, -3.0, 0.5, 0.25]])
    for axis, descending in ((1, False), (0, True)):
        kept = {}

        def sorted_(input):
            values, kept["indices"] = input.sort(dim=axis, descending=descending, stable=True)
            return values

        yield differentiated(
            f"sort along {axis}",
            "sort",
            sorted_,
            {"input": x},
            {"args": [axis, descending]},
            lambda: kept,
        )


def scatters():
    x, index, source = grid(3, 4), torch.tensor([[2, 0, 2], [1, 3, 0]]), grid(2, 3)
    args = [1, "@index", "@source"]
    yield call(
        "scatterAdd",
        lambda input, index, source: input.scatter_add(1, index, source),
        args,
        input=x,
        index=index,
        source=source,
    )
    once = torch.tensor([[2, 0, 3], [1, 3, 0]])
    yield call(
        "scatter",
        lambda input, index, source: input.scatter(1, index, source),
        args,
        input=x,
        index=once,
        source=source,
    )
    rows = torch.tensor([2, 0, 2])
    yield call(
        "indexAdd",
        lambda input, index, source: input.index_add(0, index, source, alpha=-0.5),
        [0, "@index", "@source", -0.5],
        input=x,
        index=rows,
        source=grid(3, 4),
    )
    yield call("gather", lambda input, index: input.gather(1, index), [1, "@index"], input=x, index=index)


def borders():
    x = grid(2, 3, 4, 5)
    for mode in ("reflect", "replicate", "circular"):
        for pads in ((1, 2, 2, 0), (2, -1, -2, 2)):
            options = [list(pads), {"mode": mode}]
            yield call("pad", lambda input: F.pad(input, pads, mode), options, input=x)
    volume = grid(1, 2, 3, 3, 3)
    pads = (1, 2, 2, 0, 1, 1)
    yield call("pad", lambda input: F.pad(input, pads, "reflect"), [list(pads), {"mode": "reflect"}], input=volume)
    pads = (-1, 2, 1, -3)
    yield call("pad", lambda input: F.pad(input, pads, value=0.5), [list(pads), {"value": 0.5}], input=grid(3, 4))


def moves():
    x = grid(2, 3, 4)
    yield call("roll", lambda input: input.roll((1, -2), (0, 2)), [[1, -2], [0, 2]], input=x)
    yield call("repeat", lambda input: input.repeat(2, 1, 3), [[2, 1, 3]], input=grid(2, 2))
    yield call("diag", lambda input: input.diag(-2), [-2], input=grid(5, 4))
    yield call("tril", lambda input: input.tril(-1), [-1], input=x)


def cases():
    for part in (reductions, sorts, scatters, borders, moves):
        yield from part()

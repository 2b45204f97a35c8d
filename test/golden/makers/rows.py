"""Norms over rows, attention by its formula, sums by subscripts, resized images and embeddings with padding."""

import math

import torch
import torch.nn.functional as F

from .case import differentiated, grid


def parameters(*shape):
    return {"weight": grid(*shape) + 1, "bias": grid(*shape)}


def norms():
    for name, shape, normalized, eps in (
        ("rows", (3, 5), [5], 1e-5),
        ("two axes", (2, 2, 3, 2), [3, 2], 1e-3),
    ):
        yield differentiated(
            name,
            "layerNorm",
            lambda input, weight, bias: F.layer_norm(input, normalized, weight, bias, eps),
            {"input": grid(*shape), **parameters(*normalized)},
            dict(normalizedShape=normalized, eps=eps),
        )
    for name, shape, groups in (("images", (2, 4, 2, 3), 2), ("vectors", (3, 6), 3)):
        yield differentiated(
            name,
            "groupNorm",
            lambda input, weight, bias: F.group_norm(input, groups, weight, bias),
            {"input": grid(*shape), **parameters(shape[1])},
            dict(groups=groups),
        )
    for name, use_input_stats in (("own statistics", True), ("running statistics", False)):
        running = {"runningMean": grid(3), "runningVar": grid(3).abs() + 1}
        moved = {key: value.clone() for key, value in running.items()}

        def instance_norm(input, weight, bias):
            return F.instance_norm(
                input, moved["runningMean"], moved["runningVar"], weight, bias, use_input_stats, 0.25
            )

        yield differentiated(
            name,
            "instanceNorm",
            instance_norm,
            {"input": grid(2, 3, 4), **parameters(3)},
            dict(useInputStats=use_input_stats, momentum=0.25)
            | {key: value.tolist() for key, value in running.items()},
            lambda: moved,
        )


def attention(q, k, v, mask=None, flags=None, causal=False):
    """As torch's scaled_dot_product_attention from 2.5 on: a row without keys gives 0."""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:]).tril() == 0, -math.inf)
    if mask is not None:
        scores = scores + mask
    if flags is not None:
        scores = scores.masked_fill(flags == 0, -math.inf)
    lost = (scores == -math.inf).all(-1, keepdim=True)
    return scores.masked_fill(lost, 0).softmax(-1).masked_fill(lost, 0) @ v


def attentions():
    def heads(queries, keys):
        return {"q": grid(1, 2, queries, 3), "k": grid(1, 2, keys, 3), "v": grid(1, 2, keys, 2)}

    yield differentiated("heads", "attention", attention, heads(3, 4), dict(isCausal=False))
    yield differentiated(
        "causal", "attention", lambda **all: attention(**all, causal=True), heads(4, 3), dict(isCausal=True)
    )
    yield differentiated(
        "a mask that is added",
        "attention",
        attention,
        {**heads(3, 4), "mask": grid(3, 4)},
        dict(isCausal=False),
    )
    flags = torch.tensor([[1, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 1]])
    yield differentiated(
        "flags, one row without keys",
        "attention",
        attention,
        {**heads(3, 4), "flags": flags},
        dict(isCausal=False),
    )


def sums():
    for equation, shapes in (
        ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))),
        ("ij,j", ((2, 3), (3,))),
        ("i...,...j->j...", ((2, 3, 2), (3, 2, 2))),
        ("iji->j", ((2, 3, 2),)),
        ("bn,anm,bm->ba", ((2, 3), (2, 3, 2), (2, 2))),
    ):
        inputs = {f"operand{i}": grid(*shape) for i, shape in enumerate(shapes)}
        yield differentiated(
            equation,
            "einsum",
            lambda **operands: torch.einsum(equation, *operands.values()),
            inputs,
            dict(equation=equation),
        )


def images():
    for mode, shape, options in (
        ("nearest", (1, 2, 2, 3), dict(size=[5, 4])),
        ("nearest", (1, 1, 7), dict(scaleFactor=[0.6])),
        ("linear", (1, 2, 5), dict(scaleFactor=[1.7])),
        ("bilinear", (1, 2, 3, 4), dict(size=[5, 2])),
        ("bilinear", (1, 1, 3, 2), dict(size=[4, 5], alignCorners=True)),
        ("bilinear", (1, 1, 3, 4), dict(scaleFactor=[2.3, 0.5])),
        ("bicubic", (1, 1, 3, 4), dict(size=[5, 3])),
        ("area", (1, 1, 5, 2), dict(scaleFactor=[0.7, 1.7])),
    ):
        yield differentiated(
            f"{mode} {options}",
            "interpolate",
            lambda input: F.interpolate(
                input,
                size=options.get("size"),
                scale_factor=options.get("scaleFactor"),
                mode=mode,
                align_corners=options.get("alignCorners", None if mode in ("nearest", "area") else False),
            ),
            {"input": grid(*shape)},
            dict(mode=mode, **options),
        )
    yield differentiated(
        "shuffle", "pixelShuffle", lambda input: F.pixel_shuffle(input, 2), {"input": grid(1, 4, 1, 2)}, dict(factor=2)
    )
    yield differentiated(
        "unshuffle", "pixelUnshuffle", lambda input: F.pixel_unshuffle(input, 2), {"input": grid(1, 1, 2, 4)}, dict(factor=2)
    )


def embeddings():
    labels = torch.tensor([[0, 2, 1], [2, 2, 3]])
    for padding in (2, -1):
        yield differentiated(
            f"padding {padding}",
            "embedding",
            lambda labels, weight: F.embedding(labels, weight, padding_idx=padding),
            {"labels": labels, "weight": grid(4, 2)},
            dict(paddingIdx=padding),
        )


def cases():
    for make in (norms, attentions, sums, images, embeddings):
        yield from make()

"""Layers of torch.nn by their state dicts: outputs and gradients of all parameters."""

import torch
from torch import nn

from .case import exact, grid, record, rounded

TOKENS = torch.tensor([[1, 4, 0, 2], [3, 0, 0, 1]])


def layer_case(name, op, layer, options, inputs, call=None):
    """`call` takes the layer and the inputs; default: the layer on `input`."""
    call = call or (lambda layer, input: layer(input))
    parameters = dict(layer.named_parameters())
    with torch.no_grad():
        for parameter in parameters.values():
            parameter.copy_(grid(*parameter.shape))
    values = {key: value.detach().clone() for key, value in parameters.items()}
    leaves = {
        key: value.clone().requires_grad_(value.is_floating_point()) for key, value in inputs.items()
    }
    output = call(layer, **leaves)
    cotangent = grid(*output.shape)
    wanted = {key: leaf for key, leaf in {**leaves, **parameters}.items() if leaf.requires_grad}
    grads = torch.autograd.grad(output, list(wanted.values()), cotangent)
    case = record(name, op, {**inputs, **values}, output, options)
    case["gradOutput"] = exact(cotangent)
    case["grads"] = {key: rounded(grad) for key, grad in zip(wanted, grads)}
    return case


def recurrent():
    for op, kind in (("RNN", nn.RNN), ("LSTM", nn.LSTM), ("GRU", nn.GRU)):
        yield layer_case(
            "batch first",
            op,
            kind(3, 4, batch_first=True),
            dict(sizes=[3, 4], batchFirst=True),
            {"input": grid(2, 5, 3)},
            lambda run, input: run(input)[0],
        )
        yield layer_case(
            "two layers, both directions",
            op,
            kind(3, 2, num_layers=2, bidirectional=True),
            dict(sizes=[3, 2], numLayers=2, bidirectional=True),
            {"input": grid(4, 2, 3)},
            lambda run, input: run(input)[0],
        )
        yield layer_case(
            "the last state, without biases",
            op,
            kind(2, 3, bias=False),
            dict(sizes=[2, 3], bias=False, last=True),
            {"input": grid(3, 2, 2)},
            lambda run, input: torch.cat(run(input)[1]) if op == "LSTM" else run(input)[1],
        )
    yield layer_case(
        "relu",
        "RNN",
        nn.RNN(2, 3, nonlinearity="relu", batch_first=True),
        dict(sizes=[2, 3], nonlinearity="relu", batchFirst=True),
        {"input": grid(2, 3, 2)},
        lambda run, input: run(input)[0],
    )


def attention():
    yield layer_case(
        "to itself",
        "MultiheadAttention",
        nn.MultiheadAttention(6, 2),
        dict(sizes=[6, 2]),
        {"input": grid(4, 3, 6)},
        lambda run, input: run(input, input, input, need_weights=False)[0],
    )
    padding = torch.tensor([[0, 0, 0, 1, 1], [0, 1, 0, 0, 0]])
    yield layer_case(
        "to others, with padding",
        "MultiheadAttention",
        nn.MultiheadAttention(4, 2, batch_first=True, bias=False),
        dict(sizes=[4, 2], batchFirst=True, bias=False),
        {"input": grid(2, 3, 4), "key": grid(2, 5, 4), "value": grid(2, 5, 4), "flags": padding},
        lambda run, input, key, value, flags: run(
            input, key, value, key_padding_mask=flags.bool(), need_weights=False
        )[0],
    )
    for name, options in (
        ("as published", dict(activation="relu")),
        ("normalised first, gelu", dict(activation="gelu", norm_first=True, batch_first=True)),
    ):
        yield layer_case(
            name,
            "TransformerEncoderLayer",
            nn.TransformerEncoderLayer(4, 2, dim_feedforward=6, dropout=0, **options),
            dict(
                sizes=[4, 2],
                dimFeedforward=6,
                dropout=0,
                activation=options["activation"],
                normFirst=options.get("norm_first", False),
                batchFirst=options.get("batch_first", False),
            ),
            {"input": grid(3, 2, 4)},
        )


def plain():
    yield layer_case(
        "rows", "LayerNorm", nn.LayerNorm([3, 2]), dict(shape=[3, 2]), {"input": grid(2, 4, 3, 2)}
    )
    yield layer_case("images", "GroupNorm", nn.GroupNorm(2, 4), dict(sizes=[2, 4]), {"input": grid(2, 4, 3, 2)})
    yield layer_case("vectors", "BatchNorm1d", nn.BatchNorm1d(3), dict(sizes=[3]), {"input": grid(5, 3)})
    yield layer_case("series", "BatchNorm1d", nn.BatchNorm1d(3), dict(sizes=[3]), {"input": grid(2, 3, 4)})
    yield layer_case(
        "groups and same",
        "Conv1d",
        nn.Conv1d(4, 6, 3, padding="same", groups=2),
        dict(sizes=[4, 6, 3], padding="same", groups=2),
        {"input": grid(2, 4, 5)},
    )
    for mode in ("reflect", "replicate", "circular"):
        yield layer_case(
            f"{mode}, dilation",
            "Conv2d",
            nn.Conv2d(2, 3, (2, 3), padding=(1, 2), dilation=(1, 2), padding_mode=mode),
            dict(sizes=[2, 3, 2, 3], paddings=[1, 2], dilations=[1, 2], paddingMode=mode),
            {"input": grid(2, 2, 4, 5)},
        )
    yield layer_case(
        "circular and same",
        "Conv1d",
        nn.Conv1d(2, 3, 4, padding="same", padding_mode="circular"),
        dict(sizes=[2, 3, 4], padding="same", paddingMode="circular"),
        {"input": grid(2, 2, 5)},
    )
    yield layer_case(
        "stride and output padding",
        "ConvTranspose2d",
        nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2),
        dict(sizes=[2, 4, 3], stride=2, padding=1, outputPadding=1, groups=2),
        {"input": grid(2, 2, 3, 2)},
    )
    yield layer_case(
        "words with padding",
        "Embedding",
        nn.Embedding(5, 3, padding_idx=0),
        dict(sizes=[5, 3], paddingIdx=0),
        {"labels": TOKENS},
        lambda run, labels: run(labels),
    )


def cases():
    yield from plain()
    yield from recurrent()
    yield from attention()

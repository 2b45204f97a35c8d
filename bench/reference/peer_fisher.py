"""The diagonal of the Fisher information as BackPACK computes it ("SumGradSquared", Dangel, Kunstner and Hennig 2020):
gradients of single samples from each layer's input and the gradient of its output, squared and added up. Convolutions are
products over unfolded images."""

import torch
from torch.nn import functional

EPSILON = 1e-5


def of_conv(layer, grad):
    samples, outputs = grad.shape[:2]
    columns = functional.unfold(
        layer["x"], layer["kernel"][2:], layer["dilation"], layer["padding"], layer["stride"]
    )
    flat = grad.reshape(samples, outputs, -1)
    squares = {"weight": torch.einsum("nop,ncp->noc", flat, columns).square().sum(0).reshape(layer["kernel"])}
    if layer["biased"]:
        squares["bias"] = flat.sum(2).square().sum(0)
    return squares


def of_linear(layer, grad):
    squared = grad.square()
    return {"weight": torch.einsum("no,ni->oi", squared, layer["x"].square()), "bias": squared.sum(0)}


def of_norm(layer, grad):
    mean, variance = (value.reshape(1, -1, 1, 1) for value in (layer["mean"], layer["variance"]))
    normed = (layer["x"] - mean) / (variance + EPSILON).sqrt()
    return {
        "weight": torch.einsum("nchw,nchw->nc", grad, normed).square().sum(0),
        "bias": grad.sum((2, 3)).square().sum(0),
    }


RULES = {"conv": of_conv, "linear": of_linear, "norm": of_norm}


def mean_squares(tape, loss):
    """By the parameters' names; `loss` is the sum over the samples."""
    grads = torch.autograd.grad(loss, [layer["y"] for layer in tape])
    squares = {}
    with torch.no_grad():
        for layer, grad in zip(tape, grads):
            for part, value in RULES[layer["kind"]](layer, grad).items():
                squares[f"{layer['name']}.{part}"] = value / len(grad)
    return squares

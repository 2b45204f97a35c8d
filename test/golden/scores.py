"""Scores of an untrained cell of NAS-Bench-201, written beside this file as scores.json. Run: python3 scores.py (torch 1.13).

Definitions: Abdelfattah et al. 2021 and Mellor et al. 2020, 2021, written anew, in f64. Weights are hashes of their places, so
that the test can make them again.
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from nas_bench_201 import OPERATIONS, Reduction

torch.set_default_dtype(torch.float64)
CHANNELS, CELLS, CLASSES, SAMPLES, SIZE = 4, 5, 3, 6, 8
CELL = {
    "01": "nor_conv_3x3",
    "02": "skip_connect",
    "12": "nor_conv_1x1",
    "03": "avg_pool_3x3",
    "13": "nor_conv_3x3",
    "23": "skip_connect",
}


def mix(place):
    """32 bits of a whole number: the last steps of MurmurHash3."""
    x = place & 0xFFFFFFFF
    x ^= x >> 16
    x = x * 0x85EBCA6B & 0xFFFFFFFF
    x ^= x >> 13
    x = x * 0xC2B2AE35 & 0xFFFFFFFF
    return x ^ x >> 16


def hashed(first, *shape):
    """Multiples of 2⁻¹² in [−1, 1)."""
    count = torch.Size(shape).numel()
    values = [(mix(first + i) >> 19) / 4096 - 1 for i in range(count)]
    return torch.tensor(values).reshape(shape)


class Cell(nn.Module):
    def __init__(self, channels):
        super().__init__()
        for edge, operation in CELL.items():
            self.add_module(edge, OPERATIONS[operation](channels))

    def forward(self, x):
        nodes = [x]
        for node in range(1, 4):
            edges = [(i, dict(self.named_children()).get(f"{i}{node}")) for i in range(node)]
            nodes.append(sum(operation(nodes[i]) for i, operation in edges))
        return nodes[3]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, CHANNELS, 3, padding=1, bias=False), nn.BatchNorm2d(CHANNELS))
        blocks = [
            Cell(CHANNELS),
            Reduction(CHANNELS, 2 * CHANNELS),
            Cell(2 * CHANNELS),
            Reduction(2 * CHANNELS, 4 * CHANNELS),
            Cell(4 * CHANNELS),
        ]
        self.cells = nn.Sequential(*blocks)
        self.norm = nn.BatchNorm2d(4 * CHANNELS)
        self.relu = nn.ReLU()
        self.classifier = nn.Linear(4 * CHANNELS, CLASSES)

    def forward(self, x):
        return self.classifier(self.relu(self.norm(self.cells(self.stem(x)))).mean((2, 3)))


def weights_of(network):
    first = 0
    for name, parameter in sorted(network.named_parameters()):
        values = hashed(first, *parameter.shape)
        if parameter.dim() > 1:
            values = values / parameter[0].numel() ** 0.5
        elif name.endswith("weight"):
            values = 1 + values / 2
        else:
            values = values / 4
        parameter.data.copy_(values)
        first += parameter.numel()
    return first


network = Network()
parameters = weights_of(network)
inputs = hashed(1 << 20, SAMPLES, 3, SIZE, SIZE)
labels = torch.arange(SAMPLES) % CLASSES
layers = [module for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
weights = [layer.weight for layer in layers]


def loss_of():
    return functional.cross_entropy(network(inputs), labels)


def kept_outputs(kind, work):
    found = []
    modules = [module for module in network.modules() if isinstance(module, kind)]
    hooks = [module.register_forward_hook(lambda _, __, output: found.append(output)) for module in modules]
    result = work()
    for hook in hooks:
        hook.remove()
    return found, result


network.train()
scores = {"parameters": parameters}

gradients = torch.autograd.grad(loss_of(), weights, create_graph=True)
scores["gradient-norm"] = sum(g.norm() for g in gradients).item()
scores["snip"] = sum((w * g).abs().sum() for w, g in zip(weights, gradients)).item()
along = sum((g.detach() * g).sum() for g in gradients)
curved = torch.autograd.grad(along, weights)
scores["grasp"] = -sum((w * h).sum() for w, h in zip(weights, curved)).item()

outputs, loss = kept_outputs((nn.Conv2d, nn.Linear), loss_of)
scores["fisher"] = sum(
    (a * g).flatten(2).sum(2).pow(2).mean(0).sum().item() / 2
    if a.dim() > 2
    else (a * g).pow(2).mean(0).sum().item() / 2
    for a, g in zip(outputs, torch.autograd.grad(loss, outputs))
)

codes, _ = kept_outputs(nn.ReLU, loss_of)
kernel = torch.zeros(SAMPLES, SAMPLES)
for code in codes:
    x = (code > 0).double().flatten(1)
    kernel += x @ x.T + (1 - x) @ (1 - x).T
scores["naswot"] = torch.linalg.slogdet(kernel)[1].item()

images = inputs.clone().requires_grad_()
(jacobian,) = torch.autograd.grad(network(images).sum(), images)
values = torch.linalg.eigvalsh(torch.corrcoef(jacobian.flatten(1)))
scores["jacobian-covariance"] = -(torch.log(values + 1e-5) + 1 / (values + 1e-5)).sum().item()

norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]


def as_constants(norm, given, _):
    (x,) = given
    norm.running_mean.copy_(x.detach().mean((0, 2, 3)))
    norm.running_var.copy_(x.detach().var((0, 2, 3), unbiased=False))
    return functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, False, 0, norm.eps)


network.eval()
hooks = [norm.register_forward_hook(as_constants) for norm in norms]
losses = functional.cross_entropy(network(inputs), labels, reduction="none")
every = list(network.parameters())
fisher = [torch.zeros_like(parameter) for parameter in every]
for one in losses:
    for total, g in zip(fisher, torch.autograd.grad(one, every, retain_graph=True)):
        total += g**2 / SAMPLES
scores["fisher-trace"] = sum(f.sum() for f in fisher).item()
scores["fisher-log-det"] = sum(torch.log1p(f / 1e-6).sum() for f in fisher).item()
for hook in hooks:
    hook.remove()

for parameter in every:
    parameter.data.abs_()
for norm in norms:
    norm.register_forward_hook(lambda _, given, __: given[0])
flow = torch.autograd.grad(network(torch.ones(1, 3, SIZE, SIZE)).sum(), weights)
scores["synflow"] = sum((w * g).abs().sum() for w, g in zip(weights, flow)).item()

cell = "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|nor_conv_3x3~1|skip_connect~2|"
golden = {
    "torch": torch.__version__,
    "cell": cell,
    "channels": CHANNELS,
    "cells": CELLS,
    "classes": CLASSES,
    "samples": SAMPLES,
    "size": SIZE,
    "scores": scores,
}
Path(__file__).with_name("scores.json").write_text(json.dumps(golden, indent=1) + "\n")

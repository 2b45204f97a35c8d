"""Fisher saliency, gradient norm and SNIP of untrained cells of NAS-Bench-201 by PyTorch, on 16 and on 64 images of CIFAR-10.

Definitions: Abdelfattah et al. 2021, written anew. Run: python3 scores.py SCORED BATCH [CELLS] (torch 1.13, numpy), where SCORED is
what taskgrad table scores --out has written and BATCH is CIFAR-10's data_batch_1.bin. Writes a line of JSON a cell, in the order
of SCORED, to be held against its own scores.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[2] / "test/golden"))
from nas_bench_201 import OPERATIONS, Reduction

CHANNELS, CELLS, CLASSES = 16, 5, 10
SIZES = (16, 64)


class Cell(nn.Module):
    def __init__(self, text, channels):
        super().__init__()
        self.nodes = []
        for number, node in enumerate(text.split("+"), 1):
            edges = [edge.split("~") for edge in node.strip("|").split("|")]
            into = [(int(source), f"{source}{number}") for operation, source in edges if operation != "none"]
            for operation, source in edges:
                if operation != "none":
                    self.add_module(f"{source}{number}", OPERATIONS[operation](channels))
            self.nodes.append(into)

    def forward(self, x):
        nodes = [x]
        for into in self.nodes:
            parts = [getattr(self, name)(nodes[source]) for source, name in into]
            nodes.append(sum(parts) if parts else torch.zeros_like(x))
        return nodes[-1]


def network_of(text):
    blocks = [nn.Conv2d(3, CHANNELS, 3, padding=1, bias=False), nn.BatchNorm2d(CHANNELS)]
    channels = CHANNELS
    for stage in range(3):
        if stage > 0:
            blocks.append(Reduction(channels, 2 * channels))
            channels *= 2
        blocks.extend(Cell(text, channels) for _ in range(CELLS))
    tail = [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*blocks, *tail, nn.Linear(channels, CLASSES))


def scores_of(text, images, labels):
    torch.manual_seed(0)
    network = network_of(text).train()
    layers = [module for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    outputs = []
    for layer in layers:
        layer.register_forward_hook(lambda _, __, output: outputs.append(output))
    loss = functional.cross_entropy(network(images), labels)
    weights = [layer.weight for layer in layers]
    found = torch.autograd.grad(loss, weights + outputs, allow_unused=True)
    of_weights = [(w, g) for w, g in zip(weights, found) if g is not None]
    of_outputs = [(a, g) for a, g in zip(outputs, found[len(weights) :]) if g is not None]
    return {
        "gradient-norm": sum(g.norm().item() for _, g in of_weights),
        "snip": sum((w * g).abs().sum().item() for w, g in of_weights),
        "fisher": sum((a * g).reshape(*a.shape[:2], -1).sum(2).pow(2).mean(0).sum().item() / 2 for a, g in of_outputs),
    }


def main(scored, batch, cells=None):
    rows = [json.loads(line) for line in open(scored)]
    texts = [row["cell"] for row in rows if "cell" in row][: int(cells) if cells else None]
    raw = np.fromfile(batch, dtype=np.uint8).reshape(-1, 3073)
    pixels = raw[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255
    mean, deviation = (of(pixels, axis=(0, 2, 3), keepdims=True) for of in (np.mean, np.std))
    places = np.random.RandomState(0).permutation(len(pixels))[: max(SIZES)]
    images = torch.tensor((pixels[places] - mean) / deviation)
    labels = torch.tensor(raw[places, 0].astype(np.int64))
    for text in texts:
        by_size = {str(size): scores_of(text, images[:size], labels[:size]) for size in SIZES}
        print(json.dumps({"cell": text, "scores": by_size}), flush=True)


main(*sys.argv[1:])

"""Fishers of perceptrons by single samples' gradients (peer_fisher.py), and distances between tasks, see src/fisher."""

import math

import torch
from torch import nn
from torch.nn import functional

import peer_fisher


def diagonal(net, batches, classes, outputs=None):
    """Means of the squared gradients of single samples; label l is output `outputs[l]` where that is given."""
    net.eval()
    linears = {name: module for name, module in net.named_modules() if isinstance(module, nn.Linear)}
    sums, count = {}, 0
    for images, labels in batches:
        tape = []
        hooks = [
            module.register_forward_hook(lambda _, x, y, name=name: tape.append({"kind": "linear", "name": name, "x": x[0], "y": y}))
            for name, module in linears.items()
        ]
        logits = net(images)
        for hook in hooks:
            hook.remove()
        renamed = labels if outputs is None else torch.tensor(outputs)[labels]
        wanted = max(classes, len(outputs or []), logits.shape[1])
        padded = functional.pad(logits, (0, wanted - logits.shape[1]))
        loss = functional.cross_entropy(padded, renamed, reduction="sum")
        for name, mean in peer_fisher.mean_squares(tape, loss).items():
            sums[name] = sums.get(name, 0) + mean * len(labels)
        count += len(labels)
    return {name: total / count for name, total in sums.items()}


def assign(counts):
    """One output for each class, so that the counts add up to most: over sets of outputs that are taken."""
    size = len(counts)
    best = {0: (0, ())}
    for row in counts:
        after = {}
        for taken, (total, chosen) in best.items():
            for output in range(size):
                if taken >> output & 1:
                    continue
                key, value = taken | 1 << output, (total + row[output], chosen + (output,))
                if key not in after or value[0] > after[key][0]:
                    after[key] = value
        best = after
    return list(best[(1 << size) - 1][1])


def match_head(net, batches, classes):
    """The output of each class, by what the network predicts for it; then outputs that no class is left for."""
    net.eval()
    counts = None
    with torch.no_grad():
        for images, labels in batches:
            logits = net(images)
            size = max(classes, logits.shape[1])
            counts = [[0] * size for _ in range(size)] if counts is None else counts
            for label, output in zip(labels.tolist(), logits.argmax(1).tolist()):
                counts[label][output] += 1
    order = assign(counts)
    return order[:classes] + sorted(order[classes:])


def aligned(fisher, order, head):
    """Rows of the head in the order of the classes, zeros for a class without an output."""

    def rows(x):
        whole = torch.cat([x, torch.zeros_like(x[:1])])
        return whole[[min(row, len(x)) for row in order]]

    return {name: rows(x) if name.startswith(f"{head}.") else x for name, x in fisher.items()}


def normalised(fisher):
    total = sum(x.double().sum() for x in fisher.values())
    return {name: x.double() / total for name, x in fisher.items()}


def pairs(source, target):
    for name, t in target.items():
        size = max(source[name].numel(), t.numel())
        yield [functional.pad(x.flatten(), (0, size - x.numel())) for x in (source[name], t)]


def log_det(source, target, epsilon):
    total, count = 0.0, 0
    for s, t in pairs(source, target):
        total += abs(((s + epsilon) / (t + epsilon)).log().sum().item())
        count += len(s)
    return total / count


def frechet(source, target):
    return math.sqrt(sum((s.sqrt() - t.sqrt()).square().sum().item() for s, t in pairs(source, target)) / 2)

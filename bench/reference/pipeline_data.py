"""MNIST and its four tasks, cut as src/tasks and src/experiment/scene/splits.ts cut them, by draws of its own."""

import os

import numpy as np
import torch

IDX_DIMENSIONS = 3
KEPT_SHARE = 0.1
KEPT_SEED = 0


class Task:
    """Label k for the k-th of `positives`, from 1 on, or 1 for any where `binary`; the rest is 0. With no positives all digits."""

    def __init__(self, positives=(), binary=False):
        self.positives, self.binary = list(positives), binary
        self.classes = 10 if not positives else 2 if binary else len(positives) + 1

    def label(self, digits):
        if not self.positives:
            return digits.astype(np.int64)
        labels = np.zeros(len(digits), np.int64)
        for place, digit in enumerate(self.positives, 1):
            labels[digits == digit] = 1 if self.binary else place
        return labels


TASKS = {"0": Task([0], True), "1": Task([6], True), "2": Task([0, 1, 2, 3]), "3": Task()}


def read_idx(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        data = file.read()
    rank = data[IDX_DIMENSIONS]
    shape = np.frombuffer(data, ">i4", rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def apportion(total, sizes):
    """Whole shares of `total` in proportion to the sizes, by largest remainders."""
    exact = np.array(sizes) * total / sum(sizes)
    shares = np.floor(exact).astype(int)
    for place in np.argsort(shares - exact, kind="stable")[: total - shares.sum()]:
        shares[place] += 1
    return shares


def groups_of(labels, classes, random):
    return [random.permutation(np.flatnonzero(labels == label)) for label in range(classes)]


class Mnist:
    """Pixels standardised by the training images; a tenth of each digit's are kept for the Fisher information."""

    def __init__(self, folder):
        images = {part: read_idx(folder, f"{name}-images-idx3-ubyte") for part, name in self.names()}
        self.digits = {part: read_idx(folder, f"{name}-labels-idx1-ubyte") for part, name in self.names()}
        mean, deviation = images["train"].mean() / 255, images["train"].std() / 255
        self.images = {
            part: ((torch.from_numpy(x.copy()).float() / 255 - mean) / deviation).unsqueeze(1)
            for part, x in images.items()
        }
        random = np.random.default_rng(KEPT_SEED)
        groups = groups_of(self.digits["train"], 10, random)
        self.kept = np.sort(np.concatenate([group[: round(KEPT_SHARE * len(group))] for group in groups]))
        self.rest = np.setdiff1d(np.arange(len(self.digits["train"])), self.kept)

    @staticmethod
    def names():
        return [("train", "train"), ("test", "t10k")]

    def split(self, task, part, positions, limit, random):
        """Indices and labels of a task: the rest as many as the positives, or as their mean class; at most `limit` in all."""
        labels = task.label(self.digits[part][positions])
        groups = groups_of(labels, task.classes, random)
        if task.positives:
            groups[0] = groups[0][: round(np.mean([len(group) for group in groups[1:]]))]
        sizes = [len(group) for group in groups]
        shares = apportion(min(limit or sum(sizes), sum(sizes)), sizes)
        chosen = random.permutation(np.concatenate([group[:share] for group, share in zip(groups, shares)]))
        return torch.from_numpy(np.asarray(positions)[chosen]), torch.from_numpy(labels[chosen])

    def training(self, task, limit, random):
        return self.split(task, "train", self.rest, limit, random)

    def fisher(self, task, limit, random):
        return self.split(task, "train", self.kept, limit, random)

    def test(self, task, random):
        return self.split(task, "test", np.arange(len(self.digits["test"])), None, random)


def holdout(split, share, classes, random):
    """Training and validation parts, with each class's share kept."""
    indices, labels = split
    groups = groups_of(labels.numpy(), classes, random)
    shares = apportion(round(share * len(labels)), [len(group) for group in groups])
    held = np.zeros(len(labels), bool)
    for group, count in zip(groups, shares):
        held[group[:count]] = True
    held = torch.from_numpy(held)
    return (indices[~held], labels[~held]), (indices[held], labels[held])


def batches(images, split, size, random=None):
    """Batches in the split's order, or shuffled."""
    indices, labels = split
    order = torch.arange(len(labels)) if random is None else torch.from_numpy(random.permutation(len(labels)))
    for places in order.split(size):
        yield images[indices[places]], labels[places]

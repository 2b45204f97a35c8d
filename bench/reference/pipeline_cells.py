"""Cells of the searches in PyTorch: operations, networks, what their training steps cost, and how cells are drawn."""

import torch
from torch import nn
from torch.nn import functional

EDGES = ["01", "02", "03", "12", "13", "23"]
LAST = 3
PIXELS = 28 * 28


def separable(channels, kernel, affine, dilation=1):
    padding = dilation * (kernel - 1) // 2
    facts = {"padding": padding, "dilation": dilation, "groups": channels, "bias": False}
    return [
        nn.ReLU(),
        nn.Conv2d(channels, channels, kernel, **facts),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels, affine=affine),
    ]


def twice(kernel):
    return lambda c, affine: nn.Sequential(*separable(c, kernel, affine), *separable(c, kernel, affine))


def dilated(kernel):
    return lambda c, affine: nn.Sequential(*separable(c, kernel, affine, 2))


def row_and_column(c, affine):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(c, c, (1, 7), padding=(0, 3), bias=False),
        nn.Conv2d(c, c, (7, 1), padding=(3, 0), bias=False),
        nn.BatchNorm2d(c, affine=affine),
    )


BUILD = {
    "skip_connect": lambda c, affine: nn.Identity(),
    "avg_pool_3x3": lambda c, affine: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
    "max_pool_3x3": lambda c, affine: nn.MaxPool2d(3, 1, 1),
    "sep_conv_3x3": twice(3),
    "sep_conv_5x5": twice(5),
    "sep_conv_7x7": twice(7),
    "dil_conv_3x3": dilated(3),
    "dil_conv_5x5": dilated(5),
    "conv_7x1_1x7": row_and_column,
}
FIXED = {"none", "skip_connect", "avg_pool_3x3", "max_pool_3x3"}


def live_edges(genotype):
    """Edges on a way from the input to the output."""
    open_edges = [edge for edge in EDGES if genotype[edge] != "none"]
    fed, used = {0}, {LAST}
    for edge in open_edges:
        if int(edge[0]) in fed:
            fed.add(int(edge[1]))
    for edge in reversed(open_edges):
        if int(edge[1]) in used:
            used.add(int(edge[0]))
    return [edge for edge in open_edges if int(edge[0]) in fed and int(edge[1]) in used]


class Cell(nn.Module):
    """One cell on the images; then ReLU, flatten and a linear head."""

    def __init__(self, genotype, channels, classes, affine=False):
        super().__init__()
        self.channels = channels
        self.edges = nn.ModuleDict({edge: BUILD[genotype[edge]](channels, affine) for edge in live_edges(genotype)})
        self.classifier = nn.Linear(LAST * channels * PIXELS, classes)

    def forward(self, x):
        x = x.expand(-1, self.channels, -1, -1)
        values = [x]

        def arriving(node):
            for source, value in enumerate(values[:node]):
                edge = f"{source}{node}"
                yield self.edges[edge](value) if value is not None and edge in self.edges else None

        for node in range(1, LAST):
            present = [value for value in arriving(node) if value is not None]
            values.append(sum(present) if present else None)
        last = [torch.zeros_like(x) if value is None else value for value in arriving(LAST)]
        return self.classifier(functional.relu(torch.cat(last, 1)).flatten(1))

    def sizes(self):
        """Parameters without the head, and of the head."""
        head = sum(p.numel() for p in self.classifier.parameters())
        return sum(p.numel() for p in self.parameters()) - head, head


class Costs:
    """Units of work, see src/nas/cost.ts and src/nas/budget.ts."""

    def __init__(self, work, operations, search, train, validation):
        self.work, self.operations, self.search = work, operations, search
        self.step_batches = -(-train // search["batchSize"])
        self.scoring = -(-validation // search["batchSize"])
        self.alpha = work["alpha"] * search["alphaEpochs"] * self.scoring
        mean = sum(operations.values()) / len(operations)
        self.average = work["step"] + search["candidates"] * (work["network"] + len(EDGES) * mean)

    def step(self, genotypes):
        networks = (sum(self.operations[g[edge]] for edge in live_edges(g)) for g in genotypes)
        return self.work["step"] + sum(self.work["network"] + cost for cost in networks)

    def apart(self, genotypes):
        return sum(self.step([genotype]) for genotype in genotypes)

    def start(self, networks):
        return self.work["start"] * networks

    def training(self, step, steps):
        return step * (steps + self.work["scoring"] * self.scoring)

    def steps(self, step, work):
        return max(1, round(work / step - self.work["scoring"] * self.scoring))

    @property
    def networks(self):
        return self.search["candidates"] * self.search["rounds"]

    def budget(self):
        stage = self.training(self.average, self.search["weightEpochs"] * self.step_batches) + self.alpha
        return self.start(self.networks) + self.search["rounds"] * self.search["stages"] * stage


def draw_distinct(operations, count, random, known=()):
    """Genotypes that differ from each other and from those known, where there are so many."""
    fresh = len(operations) ** len(EDGES) >= count + len(known)
    taken = [dict(genotype) for genotype in known] if fresh else []
    drawn = []
    while len(drawn) < count:
        genotype = {edge: operations[random.integers(len(operations))] for edge in EDGES}
        if genotype not in taken:
            taken.append(genotype)
            drawn.append(genotype)
    return drawn

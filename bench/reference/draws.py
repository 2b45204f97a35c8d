"""The engine's seeded draws, written again in numpy: with them another program starts from the same weights, sees the
same images, and sees them in the same order.

Philox4x32-10 is from Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
"""

import numpy as np

MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
SPLIT_STREAM = 0x7461736B
ORDER_STREAM = 0x6F726400
FIRST_WEIGHT_STREAM = 65536
ON_HOST, ON_GPU = 1, 0


def philox(counters, key):
    """[n, 4] words for [n, 4] counters under one key of two words, all as uint64 below 2^32."""
    c = [counters[:, i].astype(np.uint64) for i in range(4)]
    k = [np.uint64(word) for word in key]
    for _ in range(10):
        first, second = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(second >> SHIFT) ^ c[1] ^ k[0], second & MASK, (first >> SHIFT) ^ c[3] ^ k[1], first & MASK]
        k = [(k[0] + np.uint64(0x9E3779B9)) & MASK, (k[1] + np.uint64(0xBB67AE85)) & MASK]
    return np.stack(c, 1)


def words(count, seed, stream, domain):
    blocks = -(-count // 4)
    counters = np.zeros((blocks, 4), np.uint64)
    counters[:, 0] = np.arange(blocks)
    counters[:, 3] = domain
    return philox(counters, (seed, stream)).ravel()[:count]


class Host:
    """Draws of the host under one seed and stream, one after another."""

    AHEAD = 1 << 16

    def __init__(self, seed, stream):
        self.key = (seed, stream)
        self.drawn = 0
        self.ready = []

    def word(self):
        if self.drawn == len(self.ready):
            self.ready = words(self.drawn + self.AHEAD, *self.key, ON_HOST).tolist()
        self.drawn += 1
        return self.ready[self.drawn - 1]

    def below(self, n):
        bound = 2**32 - 2**32 % n
        while True:
            draw = self.word()
            if draw < bound:
                return draw % n

    def shuffle(self, items):
        """Fisher and Yates, from the last item down."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items


class Weights:
    """Uniform draws of the GPU after gpu.manualSeed(seed): each tensor takes the next stream."""

    def __init__(self, seed):
        self.seed = seed
        self.stream = FIRST_WEIGHT_STREAM

    def uniform(self, shape, bound):
        count = int(np.prod(shape))
        bits = words(count, self.seed, self.stream, ON_GPU) >> np.uint64(8)
        self.stream += 1
        return ((2 * (bits.astype(np.float32) * np.float32(2**-24)) - 1) * np.float32(bound)).reshape(shape)


def apportion(total, sizes):
    """Shares of a total in proportion to sizes by the largest remainder, of equal ones the earlier first."""
    whole = sum(sizes)
    shares = [total * size // whole for size in sizes]
    order = sorted(range(len(sizes)), key=lambda i: -(total * sizes[i] % whole))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares


def split(kind, positives, labels, seed, limit):
    """Positions and labels of a task's images: the rest, label 0, cut to the positives or to the mean positive class."""
    host = Host(seed, SPLIT_STREAM)
    if kind == "all":
        of, count = labels.astype(int), len(positives)
    elif kind == "binary":
        of, count = np.isin(labels, positives).astype(int), 2
    else:
        of = np.zeros(len(labels), int)
        for label, positive in enumerate(positives, 1):
            of[labels == positive] = label
        count = len(positives) + 1
    groups = [host.shuffle(np.flatnonzero(of == label).tolist()) for label in range(count)]
    if kind != "all":
        others = [len(group) for group in groups[1:]]
        groups[0] = groups[0][: int(sum(others) / len(others) + 0.5)]
    sizes = [len(group) for group in groups]
    shares = apportion(min(limit, sum(sizes)), sizes)
    where = host.shuffle([position for group, share in zip(groups, shares) for position in group[:share]])
    return np.array(where), of[where]


def epoch_order(count, seed, epoch):
    return np.array(Host(seed, ORDER_STREAM + epoch).shuffle(list(range(count))))

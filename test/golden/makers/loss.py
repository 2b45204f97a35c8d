"""crossEntropy, softmax, logSoftmax and logSumExp, also where a careless exp would overflow, and ignored labels."""

import torch
import torch.nn.functional as F

from .case import differentiated, grid

LOGITS = {
    "small logits": lambda: grid(5, 4),
    "one sample": lambda: grid(1, 10),
    "large logits": lambda: grid(4, 5, scale=300.0),
    "logits shifted by 1000": lambda: grid(4, 6) + 1000,
    "logits shifted by -1000": lambda: grid(4, 6) - 1000,
}

# Of six samples in four classes. PyTorch's default is to leave out -100.
IGNORED = {
    "some ignored": ([2, -100, 0, 3, -100, 1], None),
    "the first and the last ignored": ([-100, 3, 1, 0, 2, -100], -100),
    "all but one ignored": ([-100, -100, -100, 2, -100, -100], None),
    "all ignored": ([-100] * 6, None),
    "a class ignored": ([1, 0, 3, 1, 2, 1], 1),
    "a number above the classes ignored": ([0, 255, 3, 255, 2, 1], 255),
    "none ignored that is there": ([0, 1, 3, 1, 2, 1], -1),
}


def ignored_cases():
    for name, (labels, ignored) in IGNORED.items():
        for reduction in ("mean", "sum", "none"):
            if name == "all ignored" and reduction == "mean":
                continue  # it is NaN, which JSON cannot say
            given = {} if ignored is None else dict(ignore_index=ignored)
            yield differentiated(
                f"{reduction}, {name}",
                "crossEntropy",
                lambda logits, labels: F.cross_entropy(logits, labels, reduction=reduction, **given),
                {"logits": grid(6, 4), "labels": torch.tensor(labels)},
                dict(reduction=reduction) | ({} if ignored is None else dict(ignoreIndex=ignored)),
            )


def cases():
    yield from softmax_cases()
    yield from ignored_cases()


def softmax_cases():
    for name, draw in LOGITS.items():
        logits = draw()
        labels = torch.randint(logits.shape[1], logits.shape[:1])
        for reduction in ("mean", "sum", "none"):
            yield differentiated(
                f"{reduction}, {name}",
                "crossEntropy",
                lambda logits, labels: F.cross_entropy(logits, labels, reduction=reduction),
                {"logits": logits, "labels": labels},
                dict(reduction=reduction),
            )
        for axis in (0, 1):
            inputs = {"input": logits}
            options = dict(axis=axis)
            name_axis = f"axis {axis}, {name}"
            yield differentiated(name_axis, "softmax", lambda input: input.softmax(axis), inputs, options)
            yield differentiated(
                name_axis, "logSoftmax", lambda input: input.log_softmax(axis), inputs, options
            )
            yield differentiated(
                name_axis, "logSumExp", lambda input: input.logsumexp(axis), inputs, options
            )

"""crossEntropy, softmax, logSoftmax and logSumExp, also where a careless exp would overflow."""

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


def cases():
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

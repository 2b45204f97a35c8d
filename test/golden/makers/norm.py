"""batchNorm2d in training and evaluation, affine or not, with the running statistics it leaves behind."""

import torch.nn.functional as F

from .case import differentiated, exact, grid

MOMENTUM, EPS = 0.1, 1e-5


def batch_norm_case(name, training, affine, shape):
    channels = shape[1]
    inputs = {"input": grid(*shape, scale=1.5) + 0.75}
    if affine:
        inputs |= {"weight": grid(channels), "bias": grid(channels)}
    start = {"runningMean": grid(channels), "runningVar": grid(channels).abs() + 0.5}
    after = {key: value.clone() for key, value in start.items()}

    def function(input, weight=None, bias=None):
        return F.batch_norm(
            input, after["runningMean"], after["runningVar"], weight, bias, training, MOMENTUM, EPS
        )

    options = dict(training=training, momentum=MOMENTUM, eps=EPS)
    case = differentiated(name, "batchNorm2d", function, inputs, options, lambda: after)
    case["inputs"] |= {key: exact(value) for key, value in start.items()}
    return case


def cases():
    for training in (True, False):
        for affine in (True, False):
            for shape in ((3, 2, 5, 4), (1, 3, 5, 7), (4, 5, 1, 1)):
                mode = "training" if training else "evaluation"
                kind = "affine" if affine else "not affine"
                yield batch_norm_case(f"{mode}, {kind}, input {list(shape)}", training, affine, shape)

"""One operation each of three kinds of a search cell: batch norm without affine, by the batch's statistics."""

import torch
from torch import nn
from torch.nn.utils.stateless import functional_call

from .case import differentiated, grid

CHANNELS = 3


def depthwise_pointwise(kernel, padding, dilation=1):
    return (
        nn.ReLU(),
        nn.Conv2d(
            CHANNELS, CHANNELS, kernel, padding=padding, dilation=dilation, groups=CHANNELS, bias=False
        ),
        nn.Conv2d(CHANNELS, CHANNELS, 1, bias=False),
        nn.BatchNorm2d(CHANNELS, affine=False),
    )


OPERATIONS = {
    "conv_7x1_1x7": lambda: (
        nn.ReLU(),
        nn.Conv2d(CHANNELS, CHANNELS, (1, 7), padding=(0, 3), bias=False),
        nn.Conv2d(CHANNELS, CHANNELS, (7, 1), padding=(3, 0), bias=False),
        nn.BatchNorm2d(CHANNELS, affine=False),
    ),
    "sep_conv_3x3": lambda: (*depthwise_pointwise(3, 1), *depthwise_pointwise(3, 1)),
    "dil_conv_5x5": lambda: depthwise_pointwise(5, 4, dilation=2),
}


def cases():
    for op, layers in OPERATIONS.items():
        net = nn.Sequential(*layers())
        weights = {name: grid(*param.shape, scale=0.5) for name, param in net.named_parameters()}

        def function(input, **weights):
            return functional_call(net, weights, (input,))

        def running_statistics():
            return {name: value for name, value in net.named_buffers() if "running" in name}

        yield differentiated(
            "training, batch 2",
            op,
            function,
            # Half a step off the grid: no value sits on the corner of ReLU.
            {"input": grid(2, CHANNELS, 6, 6) + 1 / 128, **weights},
            dict(channels=CHANNELS, affine=False),
            running_statistics,
        )

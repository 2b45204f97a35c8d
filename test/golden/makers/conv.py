"""conv2d: every stride, padding, dilation and grouping for 3x3, a choice of them for other kernels.

The grid is coarse enough that outputs and gradients are exact in float32 too.
"""

import itertools

import torch.nn.functional as F

from .case import differentiated, grid

STEP = 1 / 4
# name: (input channels, output channels, groups)
GROUPINGS = {"dense": (2, 3, 1), "two groups": (4, 4, 2), "depthwise": (3, 3, 3)}


def conv_case(kernel, stride, padding, dilation, grouping, size, batch, bias):
    channels, outputs, groups = grouping
    inputs = {
        "input": grid(batch, channels, *size, step=STEP),
        "weight": grid(outputs, channels // groups, *kernel, step=STEP),
    }
    if bias:
        inputs["bias"] = grid(outputs, step=STEP)
    options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
    name = (
        f"{kernel[0]}x{kernel[1]} kernel, {channels} to {outputs} channels in {groups} groups, stride {stride}, "
        f"padding {padding}, dilation {dilation}, {size[0]}x{size[1]} image, batch {batch}, "
        f"{'with' if bias else 'no'} bias"
    )
    return differentiated(
        name, "conv2d", lambda **tensors: F.conv2d(**tensors, **options), inputs, options, step=2 * STEP
    )


def cases():
    combinations = itertools.product((1, 2), (0, 1, 2), (1, 2), GROUPINGS.values())
    for number, (stride, padding, dilation, grouping) in enumerate(combinations):
        size = ((5, 6), (7, 5), (6, 7))[number // 3 % 3]
        batch = 3 if number % 9 == 4 else 1
        yield conv_case(
            (3, 3), [stride] * 2, [padding] * 2, [dilation] * 2, grouping, size, batch, number % 2 == 0
        )

    dense, grouped, depthwise = GROUPINGS.values()
    multiplier = (2, 4, 2)
    for kernel, stride, padding, dilation, grouping, size, batch in (
        ((1, 1), [1, 1], [0, 0], [1, 1], dense, (5, 7), 1),
        ((1, 1), [2, 2], [0, 0], [1, 1], grouped, (7, 5), 1),
        ((1, 1), [1, 1], [1, 1], [1, 1], depthwise, (5, 5), 3),
        ((5, 5), [1, 1], [2, 2], [1, 1], dense, (7, 6), 1),
        ((5, 5), [2, 2], [1, 1], [1, 1], grouped, (9, 7), 1),
        ((5, 5), [1, 1], [4, 4], [2, 2], depthwise, (6, 6), 1),
        ((7, 1), [1, 1], [3, 0], [1, 1], dense, (7, 5), 1),
        ((7, 1), [2, 1], [3, 0], [1, 1], depthwise, (9, 5), 1),
        ((1, 7), [1, 1], [0, 3], [1, 1], dense, (5, 7), 3),
        ((1, 7), [1, 2], [0, 3], [1, 1], grouped, (5, 8), 1),
        ((3, 3), [2, 1], [1, 2], [1, 2], dense, (6, 7), 1),
        ((3, 3), [1, 2], [2, 0], [2, 1], grouped, (7, 6), 1),
        ((3, 3), [1, 1], [1, 1], [1, 1], multiplier, (5, 5), 1),
        ((3, 2), [1, 2], [1, 0], [2, 1], dense, (8, 5), 1),
    ):
        for bias in (True, False) if kernel != (3, 3) and batch == 1 and size[0] < 9 else (True,):
            yield conv_case(kernel, stride, padding, dilation, grouping, size, batch, bias)

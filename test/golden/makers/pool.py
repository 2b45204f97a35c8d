"""maxPool2d and avgPool2d with padding, overlapping windows, and padding counted or not; globalAvgPool2d."""

import torch
import torch.nn.functional as F

from .case import differentiated, grid

# kernel, stride, padding, input shape
WINDOWS = (
    ([2, 2], [2, 2], [0, 0], (2, 3, 6, 8)),
    ([2, 2], [2, 2], [0, 0], (1, 2, 7, 5)),
    ([3, 3], [1, 1], [1, 1], (2, 2, 5, 6)),
    ([3, 3], [2, 2], [1, 1], (1, 3, 7, 7)),
    ([3, 3], [3, 3], [0, 0], (1, 2, 8, 9)),
    ([5, 5], [2, 2], [2, 2], (1, 2, 9, 7)),
    ([3, 2], [2, 1], [1, 0], (2, 2, 7, 5)),
    ([2, 4], [1, 3], [0, 2], (1, 2, 5, 8)),
)


def distinct(*shape):
    """No two values are equal, so that a largest one and its gradient are never ambiguous."""
    count = torch.Size(shape).numel()
    return (torch.randperm(count) - count // 2).double().reshape(shape) / 16


def cases():
    for kernel, stride, padding, shape in WINDOWS:
        options = dict(kernel=kernel, stride=stride, padding=padding)
        name = f"kernel {kernel}, stride {stride}, padding {padding}, input {list(shape)}"
        yield differentiated(
            name,
            "maxPool2d",
            lambda input: F.max_pool2d(input, kernel, stride, padding),
            {"input": distinct(*shape)},
            options,
        )
        for counted in (True, False):
            yield differentiated(
                f"{name}, padding {'counted' if counted else 'not counted'}",
                "avgPool2d",
                lambda input: F.avg_pool2d(input, kernel, stride, padding, count_include_pad=counted),
                {"input": grid(*shape)},
                options | dict(countIncludePad=counted),
            )
    for shape in ((2, 3, 5, 7), (1, 4, 1, 6)):
        yield differentiated(
            f"input {list(shape)}",
            "globalAvgPool2d",
            lambda input: F.adaptive_avg_pool2d(input, 1),
            {"input": grid(*shape)},
        )

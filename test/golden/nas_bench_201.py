"""Operations and reduction cell of NAS-Bench-201 (Dong and Yang 2020), written anew in PyTorch; for scores.py and bench/reference/scores.py."""

from torch import nn


def relu_conv_norm(before, after, kernel, stride=1):
    conv = nn.Conv2d(before, after, kernel, stride, padding=(kernel - 1) // 2, bias=False)
    return nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(after))


OPERATIONS = {
    "skip_connect": lambda channels: nn.Identity(),
    "nor_conv_1x1": lambda channels: relu_conv_norm(channels, channels, 1),
    "nor_conv_3x3": lambda channels: relu_conv_norm(channels, channels, 3),
    "avg_pool_3x3": lambda channels: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
}


class Reduction(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.first = relu_conv_norm(before, after, 3, 2)
        self.second = relu_conv_norm(after, after, 3)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(before, after, 1, bias=False))

    def forward(self, x):
        return self.shortcut(x) + self.second(self.first(x))

"""Writes test/golden/models.json: what PyTorch makes of the hand-made networks' definitions.

Run by hand, from anywhere:    /usr/bin/python3 test/golden/models.py
The committed figures were made with Debian 12's python3-torch, version 1.13.0a0, on the CPU in float64.

torchvision is not needed: the networks are written down here from the papers, with torchvision's module names, so
that a state dict fits both. Weights and images are a function of name and position that test/golden/models.ts shares;
every one of them is exact in float32, and none is stored.
"""

import json
import math
import pathlib
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

MASK = 0xFFFFFFFF
CLASSES = 10
DIGITS = 9
LABELS = [3, 8]
TRIES = 30
NUDGE = 1e-6


# --- numbers from names ---


def fnv(text):
    """32-bit FNV-1a."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & MASK
    return value


def hashed(name, count):
    """Multiples of 1/512 in [-1, 1): ten bits of a hash (lowbias32 by C. Wellons) of each position."""
    h = (torch.arange(count) * 0x9E3779B9 + fnv(name)) & MASK
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & MASK
    h = ((h ^ (h >> 15)) * 0x846CA68B) & MASK
    h = h ^ (h >> 16)
    return ((h >> 22) - 512).double() / 512


def entry_of(name, shape, variance=1):
    """Batch norms near the identity for inputs of that variance, biases small, kernels within Kaiming's bound."""
    noise = hashed(name, math.prod(shape)).reshape(shape)
    if name.startswith("images"):
        return noise
    if name.endswith("running_var"):
        return variance * (1 + noise / 2)
    if len(shape) == 1:
        return (1 if name.endswith("weight") else 0) + noise / 4
    fan_in = math.prod(shape[1:])
    return noise * math.floor(256 * math.sqrt(6 / fan_in) + 0.5) / 256


def fill(net, variance):
    for name, tensor in net.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            tensor.copy_(entry_of(name, tuple(tensor.shape), variance))


# --- the networks ---


def widths_by(factor):
    return lambda full: max(1, math.floor(full * factor + 0.5))


class Halve(nn.Module):
    """The pooling of VGG, which leaves a map of one pixel alone."""

    def forward(self, x):
        return F.max_pool2d(x, 2) if min(x.shape[2:]) > 1 else x


class FeatureNet(nn.Module):
    def __init__(self, features, classifier):
        super().__init__()
        self.features = features
        self.classifier = classifier

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def vgg(stages, width):
    wide = widths_by(width)
    layers, channels = [], 3
    for stage in stages:
        for full in stage:
            layers += [nn.Conv2d(channels, wide(full), 3, padding=1), nn.BatchNorm2d(wide(full)), nn.ReLU()]
            channels = wide(full)
        layers.append(Halve())
    return FeatureNet(nn.Sequential(*layers), nn.Linear(channels, CLASSES))


class BasicBlock(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + shortcut)


class ResNet(nn.Module):
    def __init__(self, blocks, width):
        super().__init__()
        wide = widths_by(width)
        channels = wide(64)
        self.conv1 = nn.Conv2d(3, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        for i, count in enumerate(blocks):
            out = wide(64 * 2**i)
            stage = []
            for block in range(count):
                stage.append(BasicBlock(channels, out, 2 if block == 0 and i > 0 else 1))
                channels = out
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class DenseLayer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        return self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))


class DenseBlock(nn.ModuleDict):
    """Every layer reads the block's input and what all layers before it made."""

    def __init__(self, channels, growth, count):
        super().__init__(
            {f"denselayer{i + 1}": DenseLayer(channels + i * growth, growth) for i in range(count)}
        )

    def forward(self, x):
        made = [x]
        for layer in self.values():
            made.append(layer(torch.cat(made, 1)))
        return torch.cat(made, 1)


def densenet(stem, growth, blocks, width):
    wide = widths_by(width)
    channels, growth = wide(stem), wide(growth)
    features = OrderedDict(conv0=nn.Conv2d(3, channels, 3, padding=1, bias=False))
    for i, count in enumerate(blocks, 1):
        features[f"denseblock{i}"] = DenseBlock(channels, growth, count)
        channels += count * growth
        if i < len(blocks):
            features[f"transition{i}"] = nn.Sequential(
                OrderedDict(
                    norm=nn.BatchNorm2d(channels),
                    relu=nn.ReLU(),
                    conv=nn.Conv2d(channels, channels // 2, 1, bias=False),
                    pool=nn.AvgPool2d(2),
                )
            )
            channels //= 2
    features["norm5"] = nn.BatchNorm2d(channels)
    features["relu5"] = nn.ReLU()
    return FeatureNet(nn.Sequential(features), nn.Linear(channels, CLASSES))


def conv_bn_relu6(channels, out, kernel, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU6(),
    )


class InvertedResidual(nn.Module):
    def __init__(self, channels, out, stride, expansion):
        super().__init__()
        hidden = channels * expansion
        layers = [conv_bn_relu6(channels, hidden, 1)] if expansion > 1 else []
        layers.append(conv_bn_relu6(hidden, hidden, 3, stride, hidden))
        layers += [nn.Conv2d(hidden, out, 1, bias=False), nn.BatchNorm2d(out)]
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and channels == out

    def forward(self, x):
        return x + self.conv(x) if self.shortcut else self.conv(x)


def divisible(width):
    """A multiple of 8, as the reference program of the MobileNets rounds."""
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * width else rounded + 8


def mobilenet_v2(width):
    # Expansion, channels, blocks, stride; strides for images of 32 pixels.
    stages = [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    channels = divisible(32 * width)
    layers = [conv_bn_relu6(3, channels, 3)]
    for expansion, full, blocks, stride in stages:
        for block in range(blocks):
            layers.append(InvertedResidual(channels, divisible(full * width), 1 if block else stride, expansion))
            channels = divisible(full * width)
    last = divisible(1280 * width)
    layers.append(conv_bn_relu6(channels, last, 1))
    # A dropout of 0: no two programs draw the same mask.
    return FeatureNet(nn.Sequential(*layers), nn.Sequential(nn.Dropout(0), nn.Linear(last, CLASSES)))


VGG11 = [[64], [128], [256] * 2, [512] * 2, [512] * 2]
VGG16 = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]

# Name: definition by width, width of the case, its image size, and the running variances' mean, which keeps logits
# of networks with shortcuts near 1. The sizes keep every map off multiples of 4, for which the engine compiles a kernel a
# channel count.
NETWORKS = {
    "vgg11": (lambda width: vgg(VGG11, width), 1 / 16, 46, 1),
    "vgg16": (lambda width: vgg(VGG16, width), 1 / 16, 46, 1),
    "resnet18": (lambda width: ResNet([2, 2, 2, 2], width), 1 / 16, 22, 2),
    "resnet34": (lambda width: ResNet([3, 4, 6, 3], width), 1 / 16, 22, 2),
    "densenet121": (lambda width: densenet(64, 32, [6, 12, 24, 16], width), 1 / 16, 22, 1),
    "densenet161": (lambda width: densenet(96, 48, [6, 12, 36, 24], width), 1 / 16, 22, 1),
    "mobileNetV2": (mobilenet_v2, 1 / 4, 18, 1),
}


# --- the cases ---


def layout(net):
    """A hash over the names and shapes of the state, in order; PyTorch's step counters are left out."""
    lines = [
        f"{name} [{', '.join(map(str, tensor.shape))}]\n"
        for name, tensor in net.state_dict().items()
        if not name.endswith("num_batches_tracked")
    ]
    return fnv("".join(lines))


def train_on(net, images):
    """Logits in training, and the norms of the gradients that are more than rounding by name.

    A bias in front of a batch norm has no gradient.
    """
    net.zero_grad()
    logits = net.train()(images)
    F.cross_entropy(logits, torch.tensor(LABELS)).backward()
    norms = {key: p.grad.norm().item() for key, p in net.named_parameters()}
    return logits.detach(), {key: norm for key, norm in norms.items() if norm > 1e-9}


def images_for(net, size):
    """Of some images the name of those whose gradients hardly change when the last digits of float32 do.

    Next to the corner of a ReLU they would jump.
    """

    def change(name):
        images = entry_of(name, (2, 3, size, size))
        norms = train_on(net, images)[1]
        nudged = [train_on(net, images + NUDGE * torch.randn_like(images))[1] for _ in range(3)]
        return max(abs(other[key] / norm - 1) for other in nudged for key, norm in norms.items())

    return min((f"images {i}" for i in range(TRIES)), key=change)


def rounded(values):
    return [float(f"{value:.{DIGITS}g}") for value in values]


def case(name):
    make, width, size, variance = NETWORKS[name]
    full = make(1)
    net = make(width)
    fill(net, variance)
    chosen = images_for(net, size)
    fill(net, variance)  # training has moved the running statistics
    images = entry_of(chosen, (2, 3, size, size))
    with torch.no_grad():
        evaluated = net.eval()(images)
    trained, norms = train_on(net, images)
    names = list(norms)
    picked = {key: norms[key] for key in (names[i * (len(names) - 1) // 7] for i in range(8))}
    return {
        "name": name,
        "parameters": sum(p.numel() for p in full.parameters()),
        "layout": layout(full),
        "width": width,
        "size": size,
        "variance": variance,
        "images": chosen,
        "labels": LABELS,
        "evaluated": rounded(evaluated.reshape(-1).tolist()),
        "trained": rounded(trained.reshape(-1).tolist()),
        "gradientNorms": dict(zip(picked, rounded(picked.values()))),
    }


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    cases = [case(name) for name in NETWORKS]
    lines = ",\n".join(json.dumps(one, separators=(",", ":"), allow_nan=False) for one in cases)
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(f'{{"torch":{json.dumps(torch.__version__)},"cases":[\n{lines}\n]}}\n')
    for one in cases:
        print(one["name"], one["parameters"])


if __name__ == "__main__":
    main()

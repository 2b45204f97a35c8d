"""The networks that `npm run bench` trains, in PyTorch's functions: they take their parameters by our names."""

import torch
from torch.nn import functional


class Layers:
    """Layers by name. With a tape, every layer that learns notes there what a Fisher needs to know of it."""

    def __init__(self, parameters, buffers, training, tape=None):
        self.parameters, self.buffers, self.training, self.tape = parameters, buffers, training, tape

    def note(self, kind, name, x, y, **facts):
        if self.tape is not None:
            self.tape.append({"kind": kind, "name": name, "x": x, "y": y, **facts})
        return y

    def conv(self, x, name, stride=1, dilation=1, groups=1):
        weight = self.parameters[f"{name}.weight"]
        padding = [dilation * (length - 1) // 2 for length in weight.shape[2:]]
        facts = {"stride": stride, "padding": padding, "dilation": dilation}
        y = functional.conv2d(x, weight, self.parameters.get(f"{name}.bias"), groups=groups, **facts)
        return self.note("conv", name, x, y, kernel=weight.shape, biased=f"{name}.bias" in self.parameters, **facts)

    def norm(self, x, name):
        mean, variance = self.buffers[f"{name}.running_mean"], self.buffers[f"{name}.running_var"]
        weight, bias = self.parameters.get(f"{name}.weight"), self.parameters.get(f"{name}.bias")
        y = functional.batch_norm(x, mean, variance, weight, bias, training=self.training)
        return self.note("norm", name, x, y, mean=mean, variance=variance)

    def linear(self, x, name):
        y = functional.linear(x, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])
        return self.note("linear", name, x, y)


def small_cifar(_request):
    def forward(layers, x):
        for name in ["encoder.0", "encoder.3"]:
            x = functional.max_pool2d(torch.relu(layers.conv(x, name)), 2)
        x = torch.relu(layers.linear(x.flatten(1), "encoder.7"))
        return layers.linear(torch.relu(layers.linear(x, "encoder.9")), "classifier")

    return forward


def resnet18(_request):
    def block(layers, x, name, stride, is_first):
        hidden = torch.relu(layers.norm(layers.conv(x, f"{name}.conv1", stride), f"{name}.bn1"))
        residual = layers.norm(layers.conv(hidden, f"{name}.conv2"), f"{name}.bn2")
        if is_first and stride > 1:
            x = layers.norm(layers.conv(x, f"{name}.downsample.0", stride), f"{name}.downsample.1")
        return torch.relu(residual + x)

    def forward(layers, x):
        x = torch.relu(layers.norm(layers.conv(x, "conv1"), "bn1"))
        for stage in [1, 2, 3, 4]:
            x = block(layers, x, f"layer{stage}.0", 1 if stage == 1 else 2, True)
            x = block(layers, x, f"layer{stage}.1", 1, False)
        return layers.linear(x.mean((2, 3)), "fc")

    return forward


def separable(layers, x, name, first, dilation=1):
    deep = layers.conv(torch.relu(x), f"{name}.{first + 1}", dilation=dilation, groups=x.shape[1])
    return layers.norm(layers.conv(deep, f"{name}.{first + 2}"), f"{name}.{first + 3}")


def twice(layers, x, name):
    return separable(layers, separable(layers, x, name, 0), name, 4)


def dilated(layers, x, name):
    return separable(layers, x, name, 0, 2)


def row_and_column(layers, x, name):
    return layers.norm(layers.conv(layers.conv(torch.relu(x), f"{name}.1"), f"{name}.2"), f"{name}.3")


OPERATIONS = {
    "avg_pool_3x3": lambda _, x, name: functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
    "max_pool_3x3": lambda _, x, name: functional.max_pool2d(x, 3, 1, 1),
    "skip_connect": lambda _, x, name: x,
    "sep_conv_3x3": twice,
    "sep_conv_5x5": twice,
    "sep_conv_7x7": twice,
    "dil_conv_3x3": dilated,
    "dil_conv_5x5": dilated,
    "conv_7x1_1x7": row_and_column,
}


def mixture(request):
    """Σ_k f_k(x) / K over cells: inner nodes add up what arrives, the last one puts it side by side."""
    genotypes = request["genotypes"]

    def cell(layers, x, genotype, name):
        values = [x]
        for node in range(1, genotype["nodes"]):
            arriving = [
                OPERATIONS[genotype["edges"][f"{source}{node}"]](layers, value, f"{name}.{source}{node}")
                for source, value in enumerate(values)
            ]
            last = node == genotype["nodes"] - 1
            values.append(torch.cat(arriving, 1) if last else sum(arriving))
        return layers.linear(torch.relu(values[-1]).flatten(1), f"{name}.classifier")

    def forward(layers, x):
        logits = [cell(layers, x, genotype, str(k)) for k, genotype in enumerate(genotypes)]
        return sum(logits) / len(genotypes)

    return forward


NETS = {"small CIFAR net": small_cifar, "ResNet-18": resnet18, "mixture": mixture}

"""Diagonal Fisher information of three small nets, sample by sample, and distances between two diagonals."""

import torch
import torch.nn.functional as F
from torch import nn

from .case import grid, record

EPSILON = 1e-10


def mlp():
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)), (5,)


def cnn():
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 3),
    )
    return net, (2, 7, 6)


def cnn_with_batch_norm():
    net = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1, dilation=2, bias=False),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(36, 3),
    )
    return net, (2, 6, 5)


def describe(layer):
    """A layer's type and constructor arguments, as far as the nets above use them."""
    pairs = ("kernel_size", "stride", "padding", "dilation")
    if isinstance(layer, nn.Conv2d):
        arguments = dict(inChannels=layer.in_channels, outChannels=layer.out_channels, groups=layer.groups)
        arguments |= {key.split("_")[0]: list(getattr(layer, key)) for key in pairs}
        arguments["bias"] = layer.bias is not None
    elif isinstance(layer, nn.Linear):
        arguments = dict(inFeatures=layer.in_features, outFeatures=layer.out_features)
    elif isinstance(layer, nn.BatchNorm2d):
        arguments = dict(features=layer.num_features, eps=layer.eps)
    elif isinstance(layer, nn.MaxPool2d):
        arguments = dict(kernel=[layer.kernel_size] * 2)
    else:
        arguments = {}
    return dict(type=type(layer).__name__, **arguments)


def randomise(net):
    """Puts grid values into all parameters and non-trivial running statistics."""
    with torch.no_grad():
        for param in net.parameters():
            param.copy_(grid(*param.shape, step=1 / 128, scale=0.4))
        for name, buffer in net.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(grid(*buffer.shape, scale=0.5))
            elif name.endswith("running_var"):
                buffer.copy_(grid(*buffer.shape, scale=0.5).abs() + 0.75)


def log_probabilities(net, inputs, classes):
    """log softmax of the logits, padded with zeros to the number of classes."""
    logits = net(inputs)
    return F.pad(logits, (0, classes - logits.shape[1])).log_softmax(1)


def gradients(value, net):
    return torch.autograd.grad(value, list(net.parameters()))


def empirical(net, inputs, labels, classes):
    """(1/N) Σ_n (∂ log p(label_n) / ∂θ)²"""
    total = [torch.zeros_like(param) for param in net.parameters()]
    for sample, label in zip(inputs, labels):
        for sum_, grad in zip(total, gradients(log_probabilities(net, sample[None], classes)[0, label], net)):
            sum_ += grad**2 / len(inputs)
    return total


def exact(net, inputs, labels, classes):
    """(1/N) Σ_n Σ_c p_nc (∂ log p_nc / ∂θ)²"""
    total = [torch.zeros_like(param) for param in net.parameters()]
    for sample in inputs:
        for c in range(classes):
            log_p = log_probabilities(net, sample[None], classes)[0, c]
            for sum_, grad in zip(total, gradients(log_p, net)):
                sum_ += log_p.detach().exp() * grad**2 / len(inputs)
    return total


def batch(net, inputs, labels, classes):
    """(gradient of the batch's mean loss)²"""
    loss = F.nll_loss(log_probabilities(net, inputs, classes), labels)
    return [grad**2 for grad in gradients(loss, net)]


def original(net, inputs, labels, classes):
    """what the public program adds up for every batch, `+= (p.grad ** 2).mean(0)`, divided by the number of batches"""
    loss = F.nll_loss(log_probabilities(net, inputs, classes), labels)
    total = [torch.zeros_like(param) for param in net.parameters()]
    for sum_, grad in zip(total, gradients(loss, net)):
        sum_ += (grad**2).mean(0)
    return total


ESTIMATORS = {"empirical": empirical, "exact": exact, "batch": batch, "original": original}


def diagonal_cases():
    for name, make in (("mlp", mlp), ("cnn", cnn), ("cnn with batch norm", cnn_with_batch_norm)):
        net, shape = make()
        randomise(net)
        net.eval()
        inputs = grid(4, *shape, step=1 / 32)
        layers = [describe(layer) for layer in net]
        state = {key: value for key, value in net.state_dict().items() if "num_batches" not in key}
        for classes in (3, 5):
            # With more classes than the head has, some labels only exist in the padding.
            labels = torch.tensor([2, 0, 1, 1] if classes == 3 else [2, 4, 1, 3])
            for estimator, function in ESTIMATORS.items():
                fisher = function(net, inputs, labels, classes)
                yield record(
                    f"{name}, {estimator}, {classes} classes",
                    "diagonal",
                    {"inputs": inputs, "labels": labels, **state},
                    net(inputs),
                    dict(layers=layers, classes=classes, estimator=estimator),
                    dict(zip(dict(net.named_parameters()), fisher)),
                )


def log_det(source, target):
    """(1/P) Σ_tensors | Σ_i log((s_i + ε)/(t_i + ε)) |"""
    count = sum(tensor.numel() for tensor in source.values())
    return (
        sum(
            ((source[name] + EPSILON) / (target[name] + EPSILON)).log().sum().abs()
            for name in source
        )
        / count
    )


def frechet(source, target):
    """‖√s − √t‖ / √2"""
    squares = sum(((source[name].sqrt() - target[name].sqrt()) ** 2).sum() for name in source)
    return (squares / 2).sqrt()


def distance_cases():
    shapes = {"0.weight": (4, 2, 3, 3), "0.bias": (4,), "3.weight": (3, 8), "3.bias": (3,)}

    def diagonal(head_zeros=0):
        squares = {name: grid(*shape) ** 2 for name, shape in shapes.items()}
        if head_zeros:
            for name in ("3.weight", "3.bias"):
                squares[name][-head_zeros:] = 0
        total = sum(tensor.sum() for tensor in squares.values())
        # The written numbers have 9 digits: the distance is computed from those.
        return {
            name: (tensor / total).apply_(lambda value: float(f"{value:.9g}"))
            for name, tensor in squares.items()
        }

    pairs = {"two diagonals": (diagonal(), diagonal()), "source head padded": (diagonal(1), diagonal())}
    for name, (source, target) in pairs.items():
        inputs = {f"source.{key}": value for key, value in source.items()}
        inputs |= {f"target.{key}": value for key, value in target.items()}
        yield record(name, "logDetDistance", inputs, log_det(source, target), dict(epsilon=EPSILON))
        yield record(name, "frechetDistance", inputs, frechet(source, target))


def cases():
    yield from diagonal_cases()
    yield from distance_cases()

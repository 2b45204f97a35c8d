"""Writes PyTorch's figures of ops' options that the engine is tested against: test/golden/options.json.

Run by hand, from anywhere:    /usr/bin/python3 test/golden/options.py
The committed figures were made with Debian 12's python3-torch, version 1.13.0a0, on the CPU in float64; see make.py.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

import torch
import torch.nn.functional as F

from makers.case import differentiated, exact, grid, rounded
from makers.pool import distinct


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def case(op, function, inputs, options=None, constants=None):
    """A case of function(**inputs, **constants, **options); there is no gradient of the constants."""
    options, constants = options or {}, constants or {}
    given = {camel(key): exact(value) for key, value in constants.items()}
    named = {camel(key): value for key, value in options.items()}
    shapes = " and ".join(str(list(value.shape)) for value in inputs.values())
    told = ", ".join(f"{key} {value}" for key, value in named.items())
    made = differentiated(
        f"{shapes}{', ' + told if told else ''}{', weighted' if 'weight' in constants else ''}",
        op,
        lambda **leaves: function(**leaves, **constants, **options),
        inputs,
        named,
        step=1 / 4,
    )
    made["inputs"] |= given
    return made


def cross_entropy_cases():
    weights = torch.tensor([0.5, 2.0, 1.25, 0.75])

    def hard(shape, **options):
        weight = {"weight": options.pop("weight")} if "weight" in options else {}
        labels = torch.randint(shape[-1] if len(shape) == 1 else shape[1], shape[:0] if len(shape) == 1 else shape[:1] + shape[2:])
        return case(
            "crossEntropy",
            lambda logits, labels, **rest: F.cross_entropy(logits, labels, **rest),
            {"logits": grid(*shape), "labels": labels},
            options,
            weight,
        )

    def soft(shape, **options):
        weight = {"weight": options.pop("weight")} if "weight" in options else {}
        return case(
            "crossEntropy",
            lambda logits, targets, **rest: F.cross_entropy(logits, targets, **rest),
            {"logits": grid(*shape), "targets": grid(*shape).abs()},
            options,
            weight,
        )

    yield hard((4,), reduction="none")
    for reduction in ("mean", "sum", "none"):
        yield hard((5, 4), reduction=reduction, weight=weights, ignore_index=1)
        yield hard((5, 4), reduction=reduction, label_smoothing=0.1)
        yield hard((2, 4, 3), reduction=reduction, weight=weights, label_smoothing=0.3, ignore_index=2)
        yield hard((2, 4, 1, 2), reduction=reduction)
        yield soft((3, 4), reduction=reduction)
        yield soft((2, 4, 3), reduction=reduction, weight=weights, label_smoothing=0.2)
    yield soft((4,), weight=weights)


def pool_cases():
    for shape, kernel, options in (
        ((2, 2, 6, 7), 3, dict(stride=2, padding=1, ceil_mode=True)),
        ((2, 7, 6), [3, 2], dict(stride=1, padding=1, dilation=[2, 3])),
        ((1, 1, 5, 4), [2, 3], dict(stride=[2, 1], dilation=[3, 1], ceil_mode=True)),
    ):
        yield max_case("maxPool2d", F.max_pool2d, shape, kernel, options)
    yield max_case("maxPool1d", F.max_pool1d, (2, 3, 8), 3, dict(stride=2, padding=1, dilation=2))
    yield max_case("maxPool1d", F.max_pool1d, (3, 8), 3, dict(ceil_mode=True))
    for shape, size in (((2, 2, 5, 7), [3, 4]), ((3, 4, 5), [6, None]), ((1, 2, 4, 6), 2)):
        yield max_case("adaptiveMaxPool2d", F.adaptive_max_pool2d, shape, size, {})
        yield mean_case("adaptiveAvgPool2d", F.adaptive_avg_pool2d, shape, size, {})
    yield max_case("adaptiveMaxPool1d", F.adaptive_max_pool1d, (2, 3, 7), 3, {})
    yield mean_case("adaptiveAvgPool1d", F.adaptive_avg_pool1d, (3, 7), 5, {})
    for options in (
        dict(stride=[3, 2], padding=[2, 1], ceil_mode=True),
        dict(stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        dict(stride=1, padding=1, divisor_override=-2),
        dict(stride=3, ceil_mode=True, divisor_override=3),
    ):
        yield mean_case("avgPool2d", F.avg_pool2d, (2, 6, 7), [4, 3], options)
    yield mean_case("avgPool1d", F.avg_pool1d, (2, 2, 9), 4, dict(stride=3, padding=2, ceil_mode=True))


def sized(made, size):
    made["size"] = size
    made["name"] = f"size {size} of {made['name']}"
    return made


def max_case(op, function, shape, size, options):
    inputs = {"input": distinct(*shape)}
    made = case(op, lambda input, **rest: function(input, size, **rest), inputs, options)
    _, indices = function(inputs["input"], size, **options, return_indices=True)
    made["outputs"] = {"indices": rounded(indices)}
    return sized(made, size)


def mean_case(op, function, shape, size, options):
    inputs = {"input": grid(*shape)}
    return sized(case(op, lambda input, **rest: function(input, size, **rest), inputs, options), size)


def conv_cases():
    for op, function, x, weight, bias, options in (
        ("conv2d", F.conv2d, (2, 2, 5, 6), (3, 2, 2, 4), 3, dict(padding="same")),
        ("conv2d", F.conv2d, (4, 5, 6), (4, 2, 3, 3), None, dict(padding="same", dilation=2, groups=2)),
        ("conv2d", F.conv2d, (1, 2, 5, 6), (3, 2, 2, 2), None, dict(padding="valid", stride=2)),
        ("conv1d", F.conv1d, (2, 3, 9), (4, 3, 3), 4, dict(stride=2, padding=1)),
        ("conv1d", F.conv1d, (4, 8), (6, 2, 4), 6, dict(padding="same", dilation=2, groups=2)),
        ("convTranspose2d", F.conv_transpose2d, (2, 3, 4, 3), (3, 2, 3, 2), 2, {}),
        (
            "convTranspose2d",
            F.conv_transpose2d,
            (2, 4, 3, 2),
            (4, 2, 2, 1),
            4,
            dict(stride=[3, 2], output_padding=[2, 1], groups=2),
        ),
        (
            "convTranspose2d",
            F.conv_transpose2d,
            (2, 3, 4),
            (2, 3, 2, 3),
            None,
            dict(padding=[0, 1], dilation=2, output_padding=[1, 0]),
        ),
        ("convTranspose2d", F.conv_transpose2d, (1, 2, 4, 4), (2, 2, 1, 1), 2, dict(dilation=3, output_padding=2)),
        ("convTranspose1d", F.conv_transpose1d, (2, 4, 5), (4, 2, 3), 4, dict(stride=2, padding=1, output_padding=1, groups=2)),
        ("convTranspose1d", F.conv_transpose1d, (2, 5), (2, 3, 4), None, dict(stride=3, dilation=2)),
    ):
        inputs = {"input": grid(*x, step=1 / 4), "weight": grid(*weight, step=1 / 4)}
        if bias:
            inputs["bias"] = grid(bias, step=1 / 4)
        yield case(op, lambda **given: function(**given), inputs, options)


def product_cases():
    for a, b in (((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 3)), ((2, 3, 4), (4,)), ((4,), (2, 4, 3))):
        yield case("matmul", torch.matmul, {"input": grid(*a), "other": grid(*b)})
    yield case("linear", F.linear, {"input": grid(4), "weight": grid(3, 4), "bias": grid(3)})


def norm_cases():
    for shape in ((5, 3), (2, 3, 4), (2, 3, 2, 1, 2)):
        for training in (True, False):
            running = {"running_mean": grid(3), "running_var": grid(3).abs() + 0.5}
            yield case(
                "batchNorm",
                lambda input, weight, bias, **rest: F.batch_norm(input, weight=weight, bias=bias, **rest),
                {"input": grid(*shape), "weight": grid(3), "bias": grid(3)},
                dict(training=training, eps=1e-3),
                {key: value.clone() for key, value in running.items()},
            )


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.manual_seed(17)
    cases = [
        *cross_entropy_cases(),
        *pool_cases(),
        *conv_cases(),
        *product_cases(),
        *norm_cases(),
    ]
    path = pathlib.Path(__file__).parent / "options.json"
    lines = ",\n".join(json.dumps(made, separators=(",", ":"), allow_nan=False) for made in cases)
    path.write_text(f'{{"torch":{json.dumps(torch.__version__)},"cases":[\n{lines}\n]}}\n')
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()

"""Losses of every reduction, with their options. Probabilities are multiples of 1/64, logarithms of them multiples of 1/64 too:
what the losses compute does not ask for sums of 1."""

import torch
import torch.nn.functional as F

from .case import differentiated, grid

REDUCTIONS = ("mean", "sum", "none")


def probabilities(*shape):
    return torch.randint(1, 64, shape).double() / 64


def camel(options):
    """PyTorch's names as ours are spelt."""
    words = {key: key.split("_") for key in options}
    return {
        first + "".join(word.capitalize() for word in rest): options[key]
        for key, (first, *rest) in words.items()
    }


def cases():
    yield from difference_cases()
    yield from entropy_cases()
    yield from divergence_cases()
    yield from nll_cases()
    yield from similarity_cases()


def loss(name, op, function, inputs, options=None, constants=None):
    """A case of function(*inputs, **options, **constants); constants are tensors without a gradient."""
    options = options or {}
    constants = constants or {}
    held = {key: value.detach() for key, value in constants.items()}
    case = differentiated(
        name,
        op,
        lambda **tensors: function(*tensors.values(), **options, **held),
        inputs,
        camel(options),
    )
    for key, value in camel(constants).items():
        case["inputs"][key] = {"shape": list(value.shape), "data": value.reshape(-1).tolist()}
    return case


def difference_cases():
    for reduction in REDUCTIONS:
        for op, function, own in (
            ("mse", F.mse_loss, [{}]),
            ("l1", F.l1_loss, [{}]),
            ("smoothL1", F.smooth_l1_loss, [{}, {"beta": 0.5}, {"beta": 0.0}]),
            ("huber", F.huber_loss, [{}, {"delta": 0.5}]),
        ):
            for options in own:
                yield loss(
                    f"{reduction}, {options}",
                    op,
                    function,
                    {"input": grid(3, 4), "target": grid(3, 4)},
                    {"reduction": reduction, **options},
                )


def entropy_cases():
    for reduction in REDUCTIONS:
        weights = {"weight": probabilities(4) * 2}
        for name, constants in ((" plain", {}), (" weighted", weights)):
            yield loss(
                reduction + name,
                "bce",
                F.binary_cross_entropy,
                {"input": probabilities(3, 4), "target": probabilities(3, 4)},
                {"reduction": reduction},
                constants,
            )
        for name, constants in (
            (" plain", {}),
            (" weighted", {**weights, "pos_weight": probabilities(4) * 4}),
        ):
            yield loss(
                reduction + name,
                "bceWithLogits",
                F.binary_cross_entropy_with_logits,
                {"input": grid(3, 4, scale=4.0), "target": probabilities(3, 4)},
                {"reduction": reduction},
                constants,
            )


def divergence_cases():
    for reduction in (*REDUCTIONS, "batchmean"):
        for log_target in (False, True):
            target = grid(3, 4) if log_target else probabilities(3, 4)
            yield loss(
                f"{reduction}, target in {'logarithms' if log_target else 'probabilities'}",
                "klDiv",
                F.kl_div,
                {"input": grid(3, 4), "target": target},
                {"reduction": reduction, "log_target": log_target},
            )
    yield loss(
        "a target of 0, where PyTorch has no gradient of the target",
        "klDiv",
        F.kl_div,
        {"input": grid(2, 2)},
        {"reduction": "sum", "log_target": False},
        {"target": torch.tensor([[0.0, 0.5], [0.5, 0.0]])},
    )


def nll_cases():
    for reduction in REDUCTIONS:
        for shape, labels in (((4, 3), (4,)), ((2, 3, 2, 2), (2, 2, 2)), ((3,), ())):
            for name, options, constants in (
                ("plain", {}, {}),
                ("weighted", {}, {"weight": probabilities(3)}),
                ("a class ignored, weighted", {"ignore_index": 1}, {"weight": probabilities(3)}),
            ):
                target = torch.randint(0, 3, labels)
                if name != "plain" and not labels:
                    target = torch.tensor(2)
                yield loss(
                    f"{reduction}, {list(shape)}, {name}",
                    "nll",
                    F.nll_loss,
                    {"input": grid(*shape), "labels": target},
                    {"reduction": reduction, **options},
                    constants,
                )


def similarity_cases():
    for a, b, options in (
        ((3, 4), (3, 4), {}),
        ((2, 1, 3), (1, 4, 3), {"dim": -1}),
        ((2, 3), (2, 1, 3), {"dim": 0, "eps": 1e-3}),
    ):
        yield loss(
            f"{list(a)} and {list(b)}, {options}",
            "cosineSimilarity",
            F.cosine_similarity,
            {"x1": grid(*a), "x2": grid(*b)},
            options,
        )

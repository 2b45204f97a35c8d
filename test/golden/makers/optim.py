"""Optimisers: the parameter after each of ten steps on given gradients. Schedules: the rate of each epoch."""

import torch

from .case import grid, record

STEPS = 10


def name_of(key):
    """PyTorch's name of an option as ours: total_iters → totalIters, T_max → tMax."""
    first, *rest = key.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


OPTIMISERS = (
    ("plain", "SGD", dict(lr=0.1)),
    ("momentum", "SGD", dict(lr=0.1, momentum=0.9)),
    ("Nesterov momentum", "SGD", dict(lr=0.1, momentum=0.9, nesterov=True)),
    ("weight decay", "SGD", dict(lr=0.1, weight_decay=0.05)),
    ("momentum and weight decay", "SGD", dict(lr=0.05, momentum=0.5, weight_decay=0.01)),
    ("Nesterov momentum and weight decay", "SGD", dict(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.1)),
    ("defaults", "Adam", dict(lr=0.001)),
    ("other rates", "Adam", dict(lr=0.05, betas=(0.5, 0.99), eps=1e-4)),
    ("weight decay", "Adam", dict(lr=0.01, weight_decay=0.1)),
    ("defaults", "AdamW", dict(lr=0.001, weight_decay=0.01)),
    ("strong decay", "AdamW", dict(lr=0.05, betas=(0.8, 0.95), weight_decay=0.3)),
    ("AMSGrad", "Adam", dict(lr=0.05, betas=(0.5, 0.6), amsgrad=True, weight_decay=0.1)),
    ("AMSGrad", "AdamW", dict(lr=0.05, betas=(0.5, 0.6), amsgrad=True)),
    ("defaults", "RMSprop", dict(lr=0.01)),
    ("momentum and weight decay", "RMSprop", dict(lr=0.01, alpha=0.9, momentum=0.8, weight_decay=0.1)),
    ("centred", "RMSprop", dict(lr=0.01, alpha=0.9, centered=True, eps=1e-4)),
    ("centred, with momentum", "RMSprop", dict(lr=0.01, alpha=0.5, centered=True, eps=1e-4, momentum=0.9)),
)

SCHEDULES = (
    ("to zero", "CosineAnnealingLR", dict(T_max=10), 11),
    ("to a floor", "CosineAnnealingLR", dict(T_max=7, eta_min=0.01), 8),
    ("every third epoch", "StepLR", dict(step_size=3, gamma=0.1), 12),
    ("every epoch", "StepLR", dict(step_size=1, gamma=0.9), 12),
)


def camel(options):
    return {name_of(key): value for key, value in options.items()}


def cases():
    for name, op, options in OPTIMISERS:
        start = grid(3, 4)
        gradients = grid(STEPS, 3, 4)
        # Adam divides by the root of the squares: a gradient of 0 and a tiny one belong to the test.
        gradients[:, 0, 0] = 0
        gradients[:, 0, 1] /= 2**16
        param = torch.nn.Parameter(start.clone())
        optimiser = getattr(torch.optim, op)([param], **options)
        path = []
        for gradient in gradients:
            param.grad = gradient.clone()
            optimiser.step()
            path.append(param.detach().clone())
        yield record(name, op, {"param": start, "gradients": gradients}, torch.stack(path), camel(options))


LONG = 1000
KEPT = 50  # every so many steps the parameters are kept

LONG_RUNS = (
    ("momentum", "SGD", dict(lr=0.01, momentum=0.9, weight_decay=0.001)),
    ("Nesterov momentum", "SGD", dict(lr=0.01, momentum=0.9, nesterov=True)),
    ("defaults", "Adam", dict(lr=0.001)),
    ("a second moment of ten million steps", "Adam", dict(lr=0.001, betas=(0.9, 0.9999999))),
    ("weight decay", "Adam", dict(lr=0.001, weight_decay=0.01)),
    ("defaults", "AdamW", dict(lr=0.001)),
    ("AMSGrad", "Adam", dict(lr=0.001, amsgrad=True, weight_decay=0.01)),
    ("AMSGrad", "AdamW", dict(lr=0.001, betas=(0.9, 0.99), amsgrad=True)),
    ("defaults", "RMSprop", dict(lr=0.001)),
    ("momentum and weight decay", "RMSprop", dict(lr=0.001, momentum=0.9, weight_decay=0.01)),
    ("centred", "RMSprop", dict(lr=0.001, centered=True)),
    ("centred, with momentum", "RMSprop", dict(lr=0.001, alpha=0.95, centered=True, momentum=0.9)),
)

# Options of the optimiser, then of each group with the tensors that are in it.
GROUPED = (
    ("SGD", dict(lr=0.01), (dict(momentum=0.9), [1]), (dict(lr=0.02, weight_decay=0.01), [0, 2])),
    ("Adam", dict(lr=0.001, amsgrad=True), (dict(betas=(0.8, 0.9)), [2, 0]), (dict(amsgrad=False, lr=0.002), [1])),
    ("AdamW", dict(weight_decay=0.1), (dict(), [0]), (dict(weight_decay=0.0), [1]), (dict(lr=0.01, eps=1e-3), [2])),
    ("RMSprop", dict(lr=0.001, alpha=0.9), (dict(centered=True), [0, 1]), (dict(momentum=0.5, lr=0.002), [2])),
)


def long_gradient(step, tensor):
    """The gradient of a step, or None: a wave on a binary grid, zero in some steps, missing in others.

    Tensor 0 has one in every step, tensor 1 from step 100 on, tensor 2 in two of three steps.
    """
    if tensor == 1 and step < 100 or tensor == 2 and step % 3 == 2:
        return None
    if step % 7 == 3:
        return torch.zeros(4)
    return torch.tensor([((step * (5 + 2 * i) + 3 * tensor) % 33 - 12) / 64 for i in range(4)])


def long_parameters():
    return [torch.nn.Parameter((torch.arange(4) - 1.5) / 4 + tensor / 8) for tensor in range(3)]


def long_path(params, optimiser, steps):
    path = []
    for step in range(steps):
        for tensor, param in enumerate(params):
            param.grad = long_gradient(step, tensor)
        optimiser.step()
        if (step + 1) % KEPT == 0:
            path.append(torch.stack([param.detach().clone() for param in params]))
    return torch.stack(path)


def long_cases():
    for name, op, options in LONG_RUNS:
        params = long_parameters()
        start = torch.stack([param.detach().clone() for param in params])
        optimiser = getattr(torch.optim, op)(params, **options)
        yield record(name, op, {"start": start}, long_path(params, optimiser, LONG), camel(options))


def grouped_cases():
    for op, options, *groups in GROUPED:
        params = long_parameters()
        start = torch.stack([param.detach().clone() for param in params])
        given = [dict(own, params=[params[place] for place in places]) for own, places in groups]
        optimiser = getattr(torch.optim, op)(given, **options)
        path = long_path(params, optimiser, LONG // 5)
        own = [dict(options=camel(own), tensors=places) for own, places in groups]
        yield record("groups", op, {"start": start}, path, dict(own=camel(options), groups=own))


# Name, norm, order, factor on the gradients.
CLIPPED = (
    ("longer than allowed", 1.0, 2.0, 1.0),
    ("shorter than allowed", 100.0, 2.0, 1.0),
    ("by the sum of sizes", 1.0, 1.0, 1.0),
    ("by the largest", 0.5, float("inf"), 1.0),
    ("of order 3", 2.0, 3.0, 1.0),
    ("of order 1.5", 2.0, 1.5, 1.0),
    ("to nothing", 0.0, 2.0, 1.0),
    ("of gradients whose squares leave the range of f32", 1.0, 2.0, 2.0**90),
    ("of gradients whose squares vanish in f32", 1.0, 2.0, 2.0**-90),
)


def clip_cases():
    torch.manual_seed(0)  # whatever other files are made before
    for name, most, order, factor in CLIPPED:
        params = [torch.nn.Parameter(torch.zeros(shape)) for shape in ((3, 5), (7,), (1,), (2, 2, 2))]
        gradients = [grid(*param.shape) * factor for param in params]
        for param, gradient in zip(params, gradients):
            param.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(params, most, norm_type=order)
        yield record(
            name,
            "clipGradNorm",
            {f"g{i}": gradient for i, gradient in enumerate(gradients)},
            norm,
            dict(maxNorm=most, normType="Infinity" if order == float("inf") else order),
            outputs={f"g{i}": param.grad for i, param in enumerate(params)},
        )


def schedule_cases():
    for name, op, options, epochs in SCHEDULES:
        base = 0.2
        optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
        schedule = getattr(torch.optim.lr_scheduler, op)(optimiser, **options)
        rates = []
        for _ in range(epochs):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step()
        yield record(name, op, {}, torch.tensor(rates), dict(lr=base, epochs=epochs) | camel(options))

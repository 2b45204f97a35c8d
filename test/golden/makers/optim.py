"""Optimisers: the parameter after each of ten steps on given gradients. Schedules: the rate of each epoch."""

import torch

from .case import grid, record

STEPS = 10
NAMES = {"weight_decay": "weightDecay", "T_max": "tMax", "eta_min": "etaMin", "step_size": "stepSize"}

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
)

SCHEDULES = (
    ("to zero", "CosineAnnealingLR", dict(T_max=10), 11),
    ("to a floor", "CosineAnnealingLR", dict(T_max=7, eta_min=0.01), 8),
    ("every third epoch", "StepLR", dict(step_size=3, gamma=0.1), 12),
    ("every epoch", "StepLR", dict(step_size=1, gamma=0.9), 12),
)


def camel(options):
    return {NAMES.get(key, key): value for key, value in options.items()}


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


def long_cases():
    for name, op, options in LONG_RUNS:
        params = [torch.nn.Parameter((torch.arange(4) - 1.5) / 4 + tensor / 8) for tensor in range(3)]
        start = torch.stack([param.detach().clone() for param in params])
        optimiser = getattr(torch.optim, op)(params, **options)
        path = []
        for step in range(LONG):
            for tensor, param in enumerate(params):
                param.grad = long_gradient(step, tensor)
            optimiser.step()
            if (step + 1) % KEPT == 0:
                path.append(torch.stack([param.detach().clone() for param in params]))
        yield record(name, op, {"start": start}, torch.stack(path), camel(options))


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

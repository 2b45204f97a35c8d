"""Schedules that move more than one rate by its epoch: rates of the groups in each step, and their momenta."""

import torch

from .case import record
from .optim import camel

RATES = (0.2, 0.05)
SCHEDULERS = torch.optim.lr_scheduler


def optimiser_of(op):
    groups = [dict(params=[torch.nn.Parameter(torch.zeros(1))], lr=lr) for lr in RATES]
    return torch.optim.Adam(groups) if op == "Adam" else torch.optim.SGD(groups, lr=1.0, momentum=0.9)


def rates_of(optimiser):
    return torch.tensor([group["lr"] for group in optimiser.param_groups])


def momenta_of(optimiser):
    return torch.tensor([group.get("momentum", group.get("betas", (0,))[0]) for group in optimiser.param_groups])


WARM_UPS = (
    ("a warm-up", dict(start_factor=0.1, total_iters=6)),
    ("defaults", dict()),
    ("to a share", dict(start_factor=0.5, end_factor=0.25, total_iters=4)),
)

CYCLES = (
    ("defaults", "SGD", dict(max_lr=0.1, total_steps=20)),
    ("of epochs, Adam", "Adam", dict(max_lr=[0.1, 0.3], epochs=3, steps_per_epoch=5, div_factor=10.0)),
    ("in lines", "SGD", dict(max_lr=0.5, total_steps=12, pct_start=0.5, anneal_strategy="linear")),
    ("of three phases", "SGD", dict(max_lr=0.5, total_steps=25, three_phase=True, final_div_factor=100.0)),
    ("of the rate alone", "SGD", dict(max_lr=0.5, total_steps=9, cycle_momentum=False)),
    ("of given momenta", "Adam", dict(max_lr=0.5, total_steps=9, base_momentum=[0.7, 0.6], max_momentum=0.99)),
)

SEQUENCES = (
    ("a warm-up, then a cosine", [("LinearLR", dict(start_factor=0.1, total_iters=4)), ("CosineAnnealingLR", dict(T_max=8))], [4], 13),
    (
        "of three",
        [
            ("LinearLR", dict(start_factor=0.5, total_iters=2)),
            ("StepLR", dict(step_size=2, gamma=0.5)),
            ("CosineAnnealingLR", dict(T_max=4, eta_min=0.01)),
        ],
        [3, 8],
        13,
    ),
)

METRICS = [1.0, 0.8, 0.81, 0.8, 0.79999, 0.79, 0.79, 0.79, 0.79, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4, 0.41, 0.42, 0.43, 0.44]
PLATEAUS = (
    ("defaults but for patience", dict(patience=2)),
    ("with a pause after each", dict(patience=1, cooldown=3, factor=0.5)),
    ("of what shall rise", dict(mode="max", patience=2, factor=0.5)),
    ("by differences, with floors", dict(patience=0, threshold=0.05, threshold_mode="abs", min_lr=[0.01, 0.03])),
    ("of small changes", dict(patience=1, factor=0.5, eps=0.02)),
)


def cases():
    for name, options in WARM_UPS:
        optimiser = optimiser_of("SGD")
        schedule = SCHEDULERS.LinearLR(optimiser, **options)
        rates = []
        for _ in range(9):
            rates.append(rates_of(optimiser))
            optimiser.step()
            schedule.step()
        yield record(name, "LinearLR", {}, torch.stack(rates), camel(options))
    for name, op, options in CYCLES:
        optimiser = optimiser_of(op)
        schedule = SCHEDULERS.OneCycleLR(optimiser, **options)
        total = options.get("total_steps") or options["epochs"] * options["steps_per_epoch"]
        rates, momenta = [], []
        for step in range(total):
            rates.append(rates_of(optimiser))
            momenta.append(momenta_of(optimiser))
            optimiser.step()
            if step + 1 < total:
                schedule.step()
        given = dict(optimizer=op, schedule=camel(options))
        yield record(name, "OneCycleLR", {}, torch.stack(rates), given, outputs={"momenta": torch.stack(momenta)})
    for name, schedules, milestones, epochs in SEQUENCES:
        optimiser = optimiser_of("SGD")
        made = [getattr(SCHEDULERS, op)(optimiser, **options) for op, options in schedules]
        schedule = SCHEDULERS.SequentialLR(optimiser, made, milestones)
        rates = []
        for _ in range(epochs):
            rates.append(rates_of(optimiser))
            optimiser.step()
            schedule.step()
        given = [dict(op=op, options=camel(options)) for op, options in schedules]
        yield record(name, "SequentialLR", {}, torch.stack(rates), dict(schedules=given, milestones=milestones))
    for name, options in PLATEAUS:
        optimiser = optimiser_of("SGD")
        schedule = SCHEDULERS.ReduceLROnPlateau(optimiser, **options)
        rates = []
        for metric in METRICS:
            optimiser.step()
            schedule.step(metric)
            rates.append(rates_of(optimiser))
        yield record(name, "ReduceLROnPlateau", {"metrics": torch.tensor(METRICS)}, torch.stack(rates), camel(options))

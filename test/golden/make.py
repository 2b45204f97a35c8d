"""Writes the PyTorch figures that the engine is tested against: test/golden/*.json.

Run by hand, from anywhere:    /usr/bin/python3 test/golden/make.py
The committed figures were made with Debian 12's python3-torch, version 1.13.0a0, on the CPU in float64.

Everything is seeded, so a second run writes the same files. Inputs lie on a binary grid (multiples of 1/4 to
1/128): float32 holds them exactly, so both sides compute from the very same numbers.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

import torch

from makers import (
    activations, arrange, cell, conv, fisher, layers, loss, losses, norm, optim, pool, rates, rows, special,
)

MAKERS = {
    "conv2d": conv.cases,
    "batchnorm": norm.cases,
    "pool": pool.cases,
    "loss": loss.cases,
    "activations": activations.cases,
    "optim": optim.cases,
    "schedules": optim.schedule_cases,
    "fisher": fisher.cases,
    "cell": cell.cases,
    "optim-long": optim.long_cases,
    "special-elementwise": special.elementwise_cases,
    "special-rows": special.row_cases,
    "losses": losses.cases,
    "special-further": special.further_cases,
    "rows": rows.cases,
    "optim-groups": optim.grouped_cases,
    "clip": optim.clip_cases,
    "rates": rates.cases,
    "arrange": arrange.cases,
    "layers": layers.cases,
}


def write(name, cases):
    path = pathlib.Path(__file__).parent / f"{name}.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    version = json.dumps(torch.__version__)
    path.write_text(f'{{"torch":{version},"cases":[\n{lines}\n]}}\n')
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size / 1000:.1f} kB")


def main():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for seed, (name, cases) in enumerate(MAKERS.items()):
        torch.manual_seed(seed)
        write(name, list(cases()))


if __name__ == "__main__":
    main()

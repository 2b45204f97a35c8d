"""PyTorch on the CPU as a peer of `npm run bench -- --only torch`: does what it is asked for on its standard input.

A request and its answer are a line of JSON each. `open` takes the work, and the files of its arrays (f32, as they lie in
memory); `run` does the work a number of times; `result` writes what the last run gave to a file; `peak` tells by how many
bytes the process has grown at most since `open` was asked for. bench/torch.ts asks.

Written for Debian 12's python3-torch (1.13), python3-numpy and libopenblas0-pthread.
"""

import json
import os
import resource
import sys

sys.dont_write_bytecode = True

import numpy as np
import torch
from torch.nn import functional

import peer_fisher
import peer_nets
from blas import blas

KILOBYTE = 1024


def read(array):
    return torch.from_numpy(np.fromfile(array["file"], np.float32).reshape(array["shape"]))


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Matmul:
    def __init__(self, request):
        self.a, self.b = (read(array) for array in request["arrays"])

    def run(self):
        return self.a @ self.b


class Conv2d:
    def __init__(self, request):
        self.x, self.weight = (read(array) for array in request["arrays"])
        self.options = request["options"]

    def run(self):
        return functional.conv2d(self.x, self.weight, **self.options)


class Network:
    def __init__(self, request):
        arrays = [read(array) for array in request["arrays"]]
        self.images, *values = arrays
        self.labels = torch.arange(len(self.images)) % request["classes"]
        self.net = peer_nets.NETS[request["net"]](request)
        named = dict(zip(request["names"], values))
        self.buffers = {name: value for name, value in named.items() if "running_" in name}
        self.frozen = {name: value for name, value in named.items() if name == "alpha"}
        learned = [name for name in named if name not in self.buffers and name not in self.frozen]
        self.parameters = {name: named[name].requires_grad_() for name in learned}

    def layers(self, training, tape=None):
        return peer_nets.Layers(self.parameters, self.buffers, training, tape)


class Step(Network):
    """An Adam step on the mean cross-entropy of a batch; gives the loss before it."""

    def __init__(self, request):
        super().__init__(request)
        self.adam = torch.optim.Adam(self.parameters.values(), lr=request["rate"])

    def run(self):
        loss = functional.cross_entropy(self.net(self.layers(True), self.images), self.labels)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()
        return loss.detach()


class Fisher(Network):
    """Means of the squared gradients of single samples; gives those of all parameters, one after another."""

    def run(self):
        tape = []
        loss = functional.cross_entropy(self.net(self.layers(False, tape), self.images), self.labels, reduction="sum")
        squares = peer_fisher.mean_squares(tape, loss)
        return torch.cat([squares[name].reshape(-1) for name in self.parameters])


WORKS = {"matmul": Matmul, "conv2d": Conv2d, "step": Step, "fisher": Fisher}


def main():
    torch.set_num_threads(os.cpu_count())
    work, last, before = None, None, 0
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        try:
            if request["do"] == "facts":
                answer = {"version": torch.__version__, "blas": blas(), "threads": torch.get_num_threads()}
            elif request["do"] == "open":
                work = last = None
                before = resident()
                work = WORKS[request["work"]](request)
            elif request["do"] == "run":
                for _ in range(request["times"]):
                    last = work.run()
            elif request["do"] == "result":
                last.numpy().astype(np.float32).tofile(request["file"])
            elif request["do"] == "peak":
                answer = {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE - before}
        except Exception as error:  # told to who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()

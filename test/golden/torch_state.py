"""Writes torch-state.safetensors: a network's state dict in the types that PyTorch gives it, and what the network computes.

Run by hand, from anywhere:    /usr/bin/python3 test/golden/torch_state.py
The committed file was made with Debian 12's python3-torch, version 1.13.0a0. The package safetensors is not needed: the
format is a length, a header and the tensors' bytes. Names are the state dict's; 'special.*' are numbers of each type beside
the same as float32, 'input' and 'output' are float32, the output computed in float64 from the rounded weights.
"""

import json
import pathlib
import struct

import torch
from torch import nn

TYPES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float64: "F64",
    torch.int64: "I64",
}
SPECIAL = [0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-14, 2.0**-24, -3 * 2.0**-24, 1e-3, 2.0**-126, 2.0**-133, 3e38]
SPECIAL += [float("inf"), float("-inf"), float("nan")]


def raw(tensor):
    """The bytes of a tensor; numpy has no bfloat16, so they are seen as integers."""
    flat = tensor.contiguous().reshape(-1)
    seen = flat.view(torch.int16) if tensor.dtype in (torch.bfloat16, torch.float16) else flat
    return seen.numpy().tobytes()


def network():
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 4))
    net(torch.randn(8, 2, 5, 5))  # moves the running statistics, and counts one batch
    return net.eval()


def state_of(net):
    """The state dict in mixed types: halves as of autocast, statistics and a count as PyTorch keeps them."""
    types = {"0.weight": torch.float16, "0.bias": torch.float16, "4.weight": torch.bfloat16, "4.bias": torch.bfloat16}
    state = {name: value.to(types.get(name, value.dtype)) for name, value in net.state_dict().items()}
    state["1.running_var"] = state["1.running_var"].double()
    return state


def main():
    torch.manual_seed(0)
    net = network()
    state = state_of(net)
    image = torch.randn(2, 2, 5, 5)
    exact = network().double()
    exact.load_state_dict({name: value.double() for name, value in state.items()})
    output = exact(image.double()).detach().float()
    special = torch.tensor(SPECIAL)
    halves = {f"special.{name}": special.to(dtype) for name, dtype in
              (("half", torch.float16), ("bfloat", torch.bfloat16))}
    halves |= {f"{name}.float": value.float() for name, value in halves.items()}
    tensors = {**state, **halves, "input": image, "output": output}
    header, data = {}, b""
    for name, value in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        own = raw(value)
        header[name] = {
            "dtype": TYPES[value.dtype],
            "shape": list(value.shape),
            "data_offsets": [len(data), len(data) + len(own)],
        }
        data += own
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = pathlib.Path(__file__).parent / "torch-state.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

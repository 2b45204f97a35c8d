"""One golden case: inputs, options, output, and the gradients for a random cotangent."""

import torch

DIGITS = 9


def grid(*shape, step=1 / 64, scale=1.0):
    """Normal deviates rounded to multiples of a power of two."""
    return (torch.randn(shape) * scale / step).round() * step


def exact(tensor):
    """{shape, data} with every digit that counts; whole numbers are written without a point."""
    flat = tensor.detach().reshape(-1).tolist()
    data = [int(value) if float(value).is_integer() else value for value in flat]
    return {"shape": list(tensor.shape), "data": data}


def rounded(tensor):
    """As exact, with 9 significant digits: for results."""
    return exact(tensor.detach().double().clone().apply_(lambda value: float(f"{value:.{DIGITS}g}")))


def record(name, op, inputs, output, options=None, outputs=None):
    """A case without gradients; `outputs` are named results beside the main one."""
    case = {
        "name": name,
        "op": op,
        "inputs": {key: exact(value) for key, value in inputs.items()},
        "options": options or {},
        "output": rounded(output),
    }
    if outputs:
        case["outputs"] = {key: rounded(value) for key, value in outputs.items()}
    return case


def differentiated(name, op, function, inputs, options=None, outputs=None, step=1 / 64):
    """A case of output = function(**inputs), with the gradients of every floating input.

    `outputs`, called after the function, gives named results beside the main one.
    """
    leaves = {
        key: value.clone().requires_grad_(value.is_floating_point()) for key, value in inputs.items()
    }
    output = function(**leaves)
    cotangent = grid(*output.shape, step=step)
    wanted = {key: leaf for key, leaf in leaves.items() if leaf.requires_grad}
    grads = torch.autograd.grad(output, list(wanted.values()), cotangent)
    case = record(name, op, inputs, output, options, outputs() if outputs else None)
    case["gradOutput"] = exact(cotangent)
    case["grads"] = {key: rounded(grad) for key, grad in zip(wanted, grads)}
    return case

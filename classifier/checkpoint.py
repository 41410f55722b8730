"""Training that can be stopped: weights, optimizer and random state as safetensors, never as pickle."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from models.errors import InputError


def write(path: Path, step: int, network: torch.nn.Module, optimizer: torch.optim.Optimizer, about: str) -> None:
    """Store what is needed to go on after ``step`` steps; ``about`` names the configuration and the data."""
    tensors = {f"net.{name}": tensor.contiguous() for name, tensor in network.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value).contiguous() for name, value in state.items()}
    tensors["random"] = torch.get_rng_state()
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, {"step": str(step), "about": about})
    partial.replace(path)  # a kill while writing leaves the checkpoint before


def restore(path: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer, about: str) -> int:
    """Load a checkpoint in place and return its step; 0 where there is none.

    ``InputError`` when it was made with another configuration or other data: its weights would be taken for this run's.
    """
    if not path.is_file():
        return 0
    with safe_open(path, framework="pt") as file:
        metadata: Mapping[str, str] = file.metadata() or {}
        if metadata.get("about") != about:
            raise InputError(
                f"{path} was made with another configuration or other data.", "Remove it, or choose another folder."
            )
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    network.load_state_dict({n.removeprefix("net."): t for n, t in tensors.items() if n.startswith("net.")})
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, field = name.split(".", 2)
            state.setdefault(int(index), {})[field] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    torch.set_rng_state(tensors["random"])
    return int(metadata["step"])


def about(config: Mapping[str, Any], data: str) -> str:
    """Return what a checkpoint is bound to."""
    return json.dumps({"config": config, "data": data}, sort_keys=True)

"""The packages of the ``train`` extra: whether they are there is asked before work begins."""

from importlib.util import find_spec

from models.errors import MissingPackageError

_TRAINING = ("torch", "transformers", "onnx", "safetensors", "sklearn")


def need_training(purpose: str) -> None:
    """Raise ``MissingPackageError`` where a package of the ``train`` extra is missing."""
    if any(find_spec(package) is None for package in _TRAINING):
        raise MissingPackageError(purpose, "train")

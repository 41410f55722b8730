"""Chooses a classifier backend by its name."""

from pathlib import Path

from classifier.extras import need_training
from classifier.policy import load_policy
from classifier.rules import RulesClassifier
from classifier.types import Classifier
from models.errors import InputError

#: What a command uses unless told otherwise.
DEFAULT = "model"
USE = "Use: rules, model, model:FOLDER, torch:FOLDER or torch-bf16:FOLDER."


def load(spec: str = DEFAULT) -> Classifier:
    """Return the backend that ``spec`` names; ``InputError`` for any other name.

    ``rules``: rules alone. ``model``: the encoder that ships, eight bits, without torch; ``model:FOLDER``: one that
    ``medad train`` made. ``torch:FOLDER`` and ``torch-bf16:FOLDER``: its full weights, which need the ``train`` extra.
    """
    if spec == "rules":
        return RulesClassifier(load_policy())
    name, _, folder = spec.partition(":")
    if name == "model" and (folder or spec == "model"):
        return _small(Path(folder) if folder else None)
    if name in ("torch", "torch-bf16") and folder:
        return _full(Path(folder), bfloat16=name == "torch-bf16")
    raise InputError(f"no classifier backend is called {spec!r}.", USE)


def _small(folder: Path | None) -> Classifier:
    from classifier.transformer import TransformerClassifier, load_weights

    return TransformerClassifier(load_policy(), load_weights(folder))


def _full(folder: Path, *, bfloat16: bool) -> Classifier:
    need_training("judging with the full weights")
    from classifier.training import full_weights
    from classifier.transformer import TransformerClassifier

    return TransformerClassifier(load_policy(), full_weights(folder, bfloat16=bfloat16))

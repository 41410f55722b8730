"""Chooses a classifier backend by its name."""

from classifier.policy import load_policy
from classifier.rules import RulesClassifier
from classifier.types import Classifier
from models.errors import InputError


def load(spec: str = "rules") -> Classifier:
    """Return the backend that ``spec`` names (``rules``). ``InputError`` for any other name."""
    if spec == "rules":
        return RulesClassifier(load_policy())
    raise InputError(f"no classifier backend is called {spec!r}.", "Use: rules.")

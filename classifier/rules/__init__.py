"""The rules backend: needs no machine-learning package and explains every answer."""

from classifier.rules.backend import RulesClassifier, domains_of

__all__ = ["RulesClassifier", "domains_of"]

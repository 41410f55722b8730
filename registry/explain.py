"""The waterfall of one match: which feature said what of the chosen record, and with how much weight."""

from dataclasses import dataclass

from registry.types import Match


@dataclass(frozen=True, slots=True)
class Step:
    """One feature's say: its name, its Vietnamese meaning (the feature's docstring), what it saw, its log-odds."""

    feature: str
    meaning: str
    saw: str
    log_odds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """``steps`` lead from the starting log-odds to ``total`` for the best candidate; empty where there is none."""

    match: Match
    candidate: str
    steps: tuple[Step, ...]
    total: float

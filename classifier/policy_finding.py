"""A finding: a sign of a violation joined with the law of the day. It cannot be built without proof and provision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from classifier.policy_schema import Penalty, Provision
from classifier.types import Absence, Span
from models.vocabulary import Code, Method, Party


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation code with its proof and the provisions in force on ``on``, the day the advertisement was shown.

    Raises ``ValueError`` when there is no proof, no provision, a provision or penalty not in force on ``on``, or a
    probability outside [0, 1]. ``penalty_note`` says (Vietnamese) why a fine is not certain. It is a lead for a
    human, not a verdict.
    """

    code: Code
    probability: float
    proof: Span | Absence
    method: Method
    reason: str
    on: date
    provisions: tuple[Provision, ...]
    penalty: Penalty | None = None
    penalty_note: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.proof, Span | Absence):
            raise ValueError("a finding needs quoted words, or what was sought and where")  # noqa: TRY004 - one error for all
        if not isinstance(self.provisions, tuple) or not self.provisions:
            raise ValueError("a finding needs a provision")
        if not all(isinstance(item, Provision) and item.in_force(self.on) for item in self.provisions):
            raise ValueError(f"a finding quotes only provisions in force on {self.on}")
        if self.penalty is not None and not self.penalty.in_force(self.on):
            raise ValueError(f"a finding states only a fine in force on {self.on}")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"a probability is in [0, 1], not {self.probability}")

    def to_json(self) -> dict[str, object]:
        """Return the finding as `medad score` writes it; an absence says what was sought and where."""
        return {
            "code": self.code.value,
            "probability": self.probability,
            **_proof(self.proof),
            "method": self.method.value,
            "reason": self.reason,
            "on": self.on.isoformat(),
            "provisions": [provision_json(item, self.on) for item in self.provisions],
            "penalty": None if self.penalty is None else penalty_json(self.penalty, self.on),
            "penalty_note": self.penalty_note,
        }


def _proof(proof: Span | Absence) -> Mapping[str, object]:
    if isinstance(proof, Span):
        return {"start": proof.start, "end": proof.end, "quote": proof.quote}
    return {"start": 0, "end": 0, "quote": "", "sought": list(proof.sought), "where": list(proof.where)}


def provision_json(item: Provision, on: date | None = None) -> dict[str, object]:
    """Return a provision for machines, with its Vietnamese citation as of ``on``."""
    return {
        "id": item.id,
        "instrument": item.title(on),
        "article": item.article,
        "clause": item.clause,
        "point": item.point,
        "about": item.about,
        "cite": item.cite(on),
        "verified": item.verified,
        "source": item.source,
        "note": item.note,
        "domains": sorted(item.domains),
        "effective_from": item.effective_from.isoformat(),
        "effective_to": None if item.effective_to is None else item.effective_to.isoformat(),
    }


def penalty_json(item: Penalty, on: date | None = None) -> dict[str, object]:
    """Return a penalty for machines: bands in đồng of individual and organisation, and the usual fines."""
    organisation = item.band(Party.ORGANISATION)
    return {
        "instrument": item.title(on),
        "article": item.article,
        "clause": item.clause,
        "point": item.point,
        "about": item.about,
        "cite": item.cite(on),
        "min_vnd": item.min_vnd,
        "max_vnd": item.max_vnd,
        "applies_to": Party.INDIVIDUAL.value,
        "usual_vnd": item.usual(Party.INDIVIDUAL),
        "organisation": {
            "min_vnd": organisation[0] if organisation else None,
            "max_vnd": organisation[1] if organisation else None,
            "usual_vnd": item.usual(Party.ORGANISATION),
        },
        "spans_clauses": item.spans_clauses,
        "verified": item.verified,
        "source": item.source,
        "extra_sanction": item.extra_sanction,
        "note": item.note,
        "domains": sorted(item.domains),
        "effective_from": item.effective_from.isoformat(),
        "effective_to": None if item.effective_to is None else item.effective_to.isoformat(),
    }

"""What a case has in common with other cases on file, said so that a person may look: none of it joins anything.

Finished cases tell of owners who come back under another name; open ones, of cases that may be one subject's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cases.bonds import MAX_SUBJECTS, Identity, is_identity, said
from cases.triage import STATUS_VI
from cases.types import ExistingCase, KeyKind, LinkKey
from cases.untrusted import line
from cases.wording import day, local, money
from models.vietnamese import folded

_STRENGTH = {kind: rank for rank, kind in enumerate(KeyKind)}

#: Kinds that tell of an owner who comes back, beside those that stand for one subject by themselves.
_RETURNING = frozenset({KeyKind.ADDRESS, KeyKind.PRACTITIONER})

#: Kinds by which one open case is told of another. Identity keys join by themselves, or were set aside for a reason.
NEIGHBOURLY = frozenset({KeyKind.ADDRESS, KeyKind.PRACTITIONER, KeyKind.TEXT})

#: Remarks on other cases that one case carries: more would hide what matters.
MAX_REMARKS = 5

#: How much a shared key says that a finished case was the same owner's, in [0, 1]. Judgement; not tuned on data.
_SURE, _LIKELY, _WEAK = 1.0, 0.7, 0.4


@dataclass(frozen=True, slots=True)
class Before:
    """A finished case that may be the same owner's: why, how surely (in [0, 1]), and the remark in Vietnamese."""

    case: ExistingCase
    why: str
    surely: float
    text: str


def _tells(key: Identity) -> bool:
    return is_identity(key) or key[0] in _RETURNING


def by_key(cases: Iterable[ExistingCase]) -> Mapping[Identity, list[ExistingCase]]:
    """The finished cases by each key that may tell of an owner who comes back."""
    found: dict[Identity, list[ExistingCase]] = defaultdict(list)
    for case in cases:
        for key in case.keys:
            if _tells(key):
                found[key].append(case)
    return found


def before(
    keys: Iterable[LinkKey], subject: str, finished: Mapping[Identity, Sequence[ExistingCase]]
) -> tuple[Before, ...]:
    """The finished cases that share a telling key with a case of these keys, by number. ``keys`` that many show are
    to be left out by the caller."""
    shared: dict[int, list[LinkKey]] = defaultdict(list)
    cases: dict[int, ExistingCase] = {}
    for key in sorted(set(keys), key=lambda key: (_STRENGTH[key.kind], key.value)):
        for case in finished.get(key.identity, ()):
            cases[case.case_id] = case
            shared[case.case_id].append(key)
    return tuple(_before(cases[number], shared[number], subject) for number in sorted(cases))


def _before(case: ExistingCase, shared: Sequence[LinkKey], subject: str) -> Before:
    first = {key.kind: key for key in reversed(shared)}
    why = said(sorted(first.values(), key=lambda key: _STRENGTH[key.kind])[:2])
    state = outcome_said(case)
    text = f"Có thể cùng chủ thể với vụ việc số {case.case_id} ({state}): {why}."
    if case.subject and not _alike(case.subject, subject):
        text += (
            f" Vụ việc đó đứng tên “{line(case.subject)}”: cần xác minh có phải cơ sở đổi tên hoặc lập mới hay không."
        )
    return Before(case, why, max(map(_surely, shared)), text)


def _surely(key: LinkKey) -> float:
    if is_identity(key.identity):
        return _SURE
    registered = any(char.isdigit() for char in key.value)
    return _LIKELY if key.kind is KeyKind.ADDRESS or registered else _WEAK


def outcome_said(case: ExistingCase) -> str:
    """Where a finished case stands, in Vietnamese: its decision where it has one, else its state."""
    prior = case.prior
    if prior is None:
        return STATUS_VI[case.status].lower()
    fine = f" {money(prior.fine_vnd)}" if prior.fine_vnd else ""
    number = f", quyết định số {line(prior.number)}" if prior.number else ""
    return f"{prior.said[:1].lower()}{prior.said[1:]}{fine}{number}, ngày {day(local(prior.decided_at).date())}"


def _alike(left: str, right: str) -> bool:
    ours, theirs = set(folded(left).split()), set(folded(right).split())
    return ours <= theirs or theirs <= ours


def neighbours(
    keys: Mapping[int, Collection[LinkKey]],
    subjects: Mapping[int, str],
    known: Mapping[int, Collection[int]],
) -> dict[int, tuple[str, ...]]:
    """For each open case, remarks on other open ones with the same address, person or text.

    ``known`` are for each case the others that it need not be told of: a person parted them, or another remark says
    more. A key that more than ``MAX_SUBJECTS`` cases show tells nothing.
    """
    holders: dict[Identity, list[int]] = defaultdict(list)
    shown: dict[Identity, LinkKey] = {}
    for number in sorted(keys):
        for key in keys[number]:
            if key.kind in NEIGHBOURLY:
                holders[key.identity].append(number)
                shown.setdefault(key.identity, key)
    pairs: dict[int, dict[int, dict[KeyKind, LinkKey]]] = defaultdict(lambda: defaultdict(dict))
    for identity, cases in sorted(holders.items()):
        if 1 < len(cases) <= MAX_SUBJECTS:
            for mine in cases:
                for other in cases:
                    if other != mine and other not in known.get(mine, ()):
                        pairs[mine][other].setdefault(identity[0], shown[identity])
    return {mine: _remarks(others, subjects) for mine, others in pairs.items()}


def _remarks(others: Mapping[int, Mapping[KeyKind, LinkKey]], subjects: Mapping[int, str]) -> tuple[str, ...]:
    ranked = sorted(
        others, key=lambda other: (-len(others[other]), min(map(_STRENGTH.__getitem__, others[other])), other)
    )
    return tuple(
        f"Có điểm chung với vụ việc số {other} (“{line(subjects.get(other, ''))}”): "
        f"{said(sorted(others[other].values(), key=lambda key: _STRENGTH[key.kind]))}; "
        "cần xác minh có cùng chủ thể hay không."
        for other in ranked[:MAX_REMARKS]
    )

"""The same figures on parts of the samples: by what a text is, how it was written, and where it came from."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from evaluation.bootstrap import FEW_GROUPS, Figure
from evaluation.figures import Path, ranked, share, whether
from evaluation.gold import Sample
from evaluation.intervals import Drawings, put, with_intervals
from evaluation.judged import Judged, Table
from evaluation.ranking import Floats, Ranking

#: Lengths in letters at which texts are parted: a message, a post, a passage, a page.
_LENGTHS = (200, 500, 1000)

#: A text of which fewer of the words carry a mark was typed without (of 2,695 real passages the least marked has .38;
#: a word here and there comes from a copied name. 2026-11-24).
_MARKED_WORDS = 0.15
_MARK = re.compile("[\u0300-\u036fđĐ]")
#: Letters of a text that are looked at for marks.
_READ = 4000

#: A field with more values than this names single texts or sites rather than classes of them.
_MOST_VALUES = 40

#: Fewer texts than this in a slice are not measured alone.
_FEW_TEXTS = 5


def slices(rows: Sequence[Judged], drawings: Drawings) -> dict[str, Any]:
    """Return figures per slice: ``{"length": {"under 200": {"texts": 7, "any_code": {"f1": …}}}}``."""
    members = _members(rows)
    found: dict[str, Any] = {}
    for field, values in sorted(members.items()):
        if len(values) > _MOST_VALUES or (len(values) == 1 and len(next(iter(values.values()))) == len(rows)):
            continue
        for value, chosen in sorted(values.items(), key=_place):
            if len(chosen) >= _FEW_TEXTS:
                put(found, (field, value), _measured([rows[number] for number in chosen], drawings))
    return found


def _measured(rows: Sequence[Judged], drawings: Drawings) -> dict[str, Any]:
    table = Table(rows)
    by = Drawings.of(table.groups, drawings.by_group.times)
    basis = by.by_group if by.by_text is None else by.by_text
    return {
        "texts": len(rows),
        "groups": by.by_group.groups,
        "violating": int(table.any_true.sum()),
        "intervals": "by text" if by.by_group.groups < FEW_GROUPS else "by group",
        **with_intervals(_figures(table), Drawings(basis, None)),
    }


def _figures(table: Table) -> dict[Path, Figure]:
    found = whether(("any_code",), table.any_said, table.any_true)
    found |= ranked(("any_code",), Ranking(table.risk, table.any_true))
    found |= {("any_code", "flagged_wrongly"): share(table.any_said & ~table.any_true, ~table.any_true)}
    return found | whether(("health_ad",), table.ad_said, table.ad_true)


def _members(rows: Sequence[Judged]) -> dict[str, dict[str, list[int]]]:
    members: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, row in enumerate(rows):
        for field, value in classes_of(row.sample):
            members[field][value].append(number)
    return members


def classes_of(sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield (field, value) for every class of texts that ``sample`` is in; the fields of its line come last."""
    yield "kind (read)", sample.kind.value
    yield from (("domain (read)", domain.value) for domain in sorted(sample.domains))
    yield "length", _length(len(sample.text))
    yield "diacritics", "with" if has_marks(sample.text) else "without"
    yield "group", sample.group
    for field, values in sample.fields.items():
        yield from ((field, value) for value in values)


#: The names of the lengths, the shortest first.
_LENGTH_NAMES = (
    f"under {_LENGTHS[0]}",
    *(f"{low} to {high - 1}" for low, high in pairwise(_LENGTHS)),
    f"{_LENGTHS[-1]} and more",
)


def _length(letters: int) -> str:
    return _LENGTH_NAMES[sum(letters >= limit for limit in _LENGTHS)]


def _place(item: tuple[str, list[int]]) -> tuple[int, int, str]:
    """Order lengths from short to long, all else by the number of texts."""
    value, chosen = item
    return (_LENGTH_NAMES.index(value), 0, "") if value in _LENGTH_NAMES else (len(_LENGTH_NAMES), -len(chosen), value)


def has_marks(text: str) -> bool:
    """Say whether ``text`` was typed with Vietnamese diacritics."""
    words = unicodedata.normalize("NFD", text[:_READ]).split()
    return sum(_MARK.search(word) is not None for word in words) >= _MARKED_WORDS * max(1, len(words))


def pair_accuracy(rows: Sequence[Judged]) -> Mapping[str, Any]:
    """Return how pairs of look-alikes fare: ``pair`` joins texts of which some violate and some do not.

    ``right``: every text of the pair is decided rightly (flagged if and only if a reader saw a code). ``ordered``: each
    violating text has a higher risk than each lawful one. ``same_codes``: the codes themselves are right on all.
    """
    pairs: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        if row.sample.pair:
            pairs[row.sample.pair].append(row)
    mixed = [members for members in pairs.values() if len({row.violates for row in members}) == 2]
    return {
        "pairs": len(mixed),
        "right": _part([all(row.right for row in members) for members in mixed]),
        "ordered": _part([_ordered(members) for members in mixed]),
        "same_codes": _part([all(r.answer.flagged == set(r.sample.codes) for r in members) for members in mixed]),
    }


def _ordered(members: Sequence[Judged]) -> bool:
    lawful = max(row.answer.risk for row in members if not row.violates)
    return all(row.answer.risk > lawful for row in members if row.violates)


def disguise_loss(rows: Sequence[Judged]) -> Mapping[str, Any]:
    """Return the recall on disguised violating texts beside that on the very texts they were made from.

    A disguised text names the other in ``original``; texts whose original is not among the samples are left out.
    """
    by_id = {row.sample.id: row for row in rows}
    both = [(by_id[row.sample.original], row) for row in rows if row.violates and row.sample.original in by_id]
    return {
        "texts": len(both),
        "recall": _part([bool(disguised.answer.findings) for _, disguised in both]),
        "recall_undisguised": _part([bool(original.answer.findings) for original, _ in both]),
    }


def _part(values: Sequence[bool]) -> float | None:
    found: Floats = np.asarray(values, dtype=np.float64)
    return round(float(found.mean()), 4) if len(found) else None

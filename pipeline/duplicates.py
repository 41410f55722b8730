"""Near-duplicates: advertisements whose main texts are nearly the same form one group, named by its first member.

Texts are compared by the Jaccard similarity of their sets of three-word shingles (Broder, "On the resemblance and
containment of documents", 1997). Candidates come from MinHash signatures cut into bands (Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", chapter 3); every candidate is then compared exactly. Hashes are strongly universal
multiply-add-shift (Thorup, "High speed hashing for integers and strings", 2015), kept to 16 bits each (Li and König,
"b-bit minwise hashing", 2010).

The signature of a text stays in ``Advertisement.details["near"]``: later runs read the signatures of the groups' first
members and never hash an old text again. An advertisement is looked at once, in order of its number; the first member
that fits best gives the group. So a run that was cut off goes on, and a second run changes nothing.
"""

import base64
import hashlib
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models import tables
from models.database import session
from models.vietnamese import INVISIBLE

#: Two main texts are nearly the same from this Jaccard similarity on. Set 2026-11-24 on the demo: docs/operations.md.
THRESHOLD = 0.7

#: Shorter main texts (characters) say too little to be compared: they form a group only where they are the same.
MIN_CHARS = 80

#: Words of one shingle; words of a text that are looked at.
_SHINGLE = 3
_MAX_WORDS = 20_000

#: 32 bands of 5 values: a pair at the threshold becomes a candidate with probability 1 - (1 - .7^5)^32 = .997, one of
#: .8 with .999997, and one of .2, as of any two pages of one trade, with .01.
_BANDS, _ROWS = 32, 5
_HASHES = _BANDS * _ROWS

#: A candidate whose estimate is this far below the threshold is not compared (two deviations of 160 hashes).
_MARGIN = 0.075

#: Candidates looked at per band, and compared exactly per text: pages may be made to collide.
_PER_BAND = 64
_COMPARED = 8

#: Texts of one transaction; new members before the sorted bands are built again.
_BATCH = 500
_FRESH = 5_000

_VERSION = 1
_MARKS = re.compile("[\u0300-\u036f" + "".join(sorted(INVISIBLE)) + "]")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans({"đ": "d", "ð": "d", "ı": "i", "ł": "l", "ø": "o"})

Signature = NDArray[np.uint16]


def words_of(text: str) -> list[str]:
    """Return the words of ``text`` in lower case without diacritics and punctuation.

    The same words as of ``models.vietnamese.folded``, without offsets and many times as fast.
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text).lower()).translate(_LETTERS)
    return _WORD.findall(plain)


def shingles(text: str) -> frozenset[str]:
    """Return the three-word shingles of ``text``; empty where it has fewer words.

    Every number reads '#': a copied advertisement differs in its telephone, its prices and its dates.
    """
    words = ["#" if word.isdigit() else word for word in words_of(text[: _MAX_WORDS * 12])[:_MAX_WORDS]]
    return frozenset(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the share of shingles that both have, in [0, 1]."""
    both = len(left & right)
    return both / (len(left) + len(right) - both) if both else 0.0


def _coefficients() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    # Fixed: signatures are stored. From a hash and not from numpy's generator, whose stream may change.
    raw = hashlib.shake_256(b"medad near-duplicates 1").digest(16 * _HASHES)
    numbers = np.frombuffer(raw, dtype="<u8").astype(np.uint64)
    return numbers[:_HASHES, None] | np.uint64(1), numbers[_HASHES:, None]


_A, _B = _coefficients()


def signature(parts: frozenset[str]) -> Signature:
    """Return the MinHash signature of a set of shingles: 160 values of 16 bits."""
    hashed = np.fromiter((zlib.crc32(part.encode("utf-8", "replace")) for part in parts), np.uint64, len(parts))
    least = np.full(_HASHES, np.iinfo(np.uint32).max, np.uint32)
    for start in range(0, len(hashed), 2_048):  # bounded memory for a text of any length
        mixed = (_A * hashed[None, start : start + 2_048] + _B) >> np.uint64(32)
        np.minimum(least, mixed.min(axis=1).astype(np.uint32), out=least)
    return (least & np.uint32(0xFFFF)).astype(np.uint16)


#: Odd multipliers that mix the values of a band into one key.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 1], np.uint64)


def _bands(signatures: NDArray[np.uint16]) -> NDArray[np.uint64]:
    """Return the key of each band of each signature, shape (n, 32)."""
    rows = signatures.astype(np.uint64).reshape(-1, _BANDS, _ROWS)
    keys: NDArray[np.uint64] = (rows * _MIX).sum(axis=2, dtype=np.uint64)
    return keys


@dataclass(frozen=True, slots=True)
class Near:
    """What is kept to compare a text by: its signature, or the key of a short text that only equals itself."""

    key: str = ""
    signature: Signature | None = None

    def to_json(self) -> dict[str, object]:
        """Return the form that is stored."""
        if self.signature is None:
            return {"v": _VERSION, "key": self.key}
        return {"v": _VERSION, "sig": base64.b64encode(self.signature.astype("<u2").tobytes()).decode()}


def near_of(text: str, main_end: int) -> tuple[Near, frozenset[str]]:
    """Return what to compare an advertisement by, and the shingles of its main text (empty for a short one).

    The footer is left out: what repeats on a site would make its short pages alike. Where there is nothing but a
    footer, the text only equals itself.
    """
    main = text[:main_end].strip()
    parts = shingles(main) if len(main) >= MIN_CHARS else frozenset()
    if parts:
        return Near(signature=signature(parts)), parts
    plain = " ".join(words_of(main or text)) or (main or text)
    kind = "main" if main else "footer"
    return Near(key=hashlib.sha256(f"{kind}:{plain}".encode("utf-8", "replace")).hexdigest()[:32]), parts


class Groups:
    """The first members of all groups, and how to find those that a text may belong to."""

    def __init__(self) -> None:
        self._exact: dict[str, int] = {}
        self._ids = np.zeros(1_024, np.int64)
        self._signatures = np.zeros((1_024, _HASHES), np.uint16)
        self._size = 0
        self._sorted: list[tuple[NDArray[np.uint64], NDArray[np.int32]]] = []
        self._settled = 0
        self._fresh: defaultdict[tuple[int, int], list[int]] = defaultdict(list)

    def add(self, ad_id: int, near: Near) -> None:
        """Take in the first member of a group."""
        if near.signature is None:
            self._exact.setdefault(near.key, ad_id)
            return
        for band, key in enumerate(_bands(near.signature[None, :])[0].tolist()):
            self._fresh[band, key].append(self._size)
        self._keep(ad_id, near.signature)
        if self._size - self._settled >= _FRESH:
            self.settle()

    def load(self, members: Iterable[tuple[int, Near]]) -> None:
        """Take in many at once."""
        for ad_id, near in members:
            if near.signature is None:
                self._exact.setdefault(near.key, ad_id)
            else:
                self._keep(ad_id, near.signature)
        self.settle()

    def _keep(self, ad_id: int, kept: Signature) -> None:
        if self._size == len(self._ids):
            self._ids = np.concatenate([self._ids, np.zeros_like(self._ids)])
            self._signatures = np.concatenate([self._signatures, np.zeros_like(self._signatures)])
        self._ids[self._size], self._signatures[self._size] = ad_id, kept
        self._size += 1

    def settle(self) -> None:
        """Sort the bands of all members: 12 bytes a band and member, against some 200 in a dictionary."""
        self._fresh.clear()
        self._settled = self._size
        self._sorted = []
        if not self._size:
            return
        for band in range(_BANDS):
            rows = self._signatures[: self._size, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
            keys = (rows * _MIX).sum(axis=1, dtype=np.uint64)
            order = np.argsort(keys, kind="stable").astype(np.int32)
            self._sorted.append((keys[order], order))

    def exact(self, key: str) -> int | None:
        """Return the group of short texts that are the same."""
        return self._exact.get(key)

    def candidates(self, wanted: Signature) -> list[int]:
        """Return the numbers of the members that may be nearly the same, the likeliest first."""
        found: list[int] = []
        for band, key in enumerate(_bands(wanted[None, :])[0]):
            found.extend(self._fresh.get((band, int(key)), ())[:_PER_BAND])
            if self._sorted:
                keys, order = self._sorted[band]
                start = int(np.searchsorted(keys, key, "left"))
                stop = int(np.searchsorted(keys[start : start + _PER_BAND], key, "right"))
                found.extend(order[start : start + stop].tolist())
        if not found:
            return []
        places = np.unique(np.array(found, np.int64))
        estimates = (self._signatures[places] == wanted).mean(axis=1)
        likely = estimates >= THRESHOLD - _MARGIN
        ids, estimates = self._ids[places[likely]], estimates[likely]
        best = np.lexsort((ids, -estimates))[:_COMPARED]
        return [int(one) for one in ids[best]]


def group_texts(engine: Engine, on_progress: Callable[[int], None] | None = None) -> int:
    """Give every advertisement that has none its ``text_group``. Returns how many were looked at.

    What was grouped before is not touched. Each batch is a transaction of its own.
    """
    done = 0
    groups: Groups | None = None
    while True:
        with session(engine) as opened:
            waiting = opened.execute(_ungrouped()).all()
            if not waiting:
                return done
            groups = groups or _stored_groups(opened)
            _group(opened, [tuple(row) for row in waiting], groups)
        done += len(waiting)
        if on_progress is not None:
            on_progress(done)


def _ungrouped() -> Any:
    ad = tables.Advertisement
    query = select(ad.id, ad.text, ad.main_end, ad.details).where(col(ad.text_group).is_(None))
    return query.order_by(col(ad.id)).limit(_BATCH)


def _stored_groups(opened: Session) -> Groups:
    """Read the first members of all groups: two short strings each, taken out of the JSON by the database."""
    ad = tables.Advertisement
    near = col(ad.details)["near"]
    query = select(ad.id, near["key"].as_string(), near["sig"].as_string()).where(
        ad.text_group == ad.id, near["v"].as_integer() == _VERSION
    )
    found = Groups()
    found.load(
        (ad_id, Near(key=key or "", signature=_unpacked(packed) if packed else None))
        for ad_id, key, packed in opened.execute(query.order_by(col(ad.id)).execution_options(yield_per=1_000))
    )
    return found


def _unpacked(packed: str) -> Signature:
    return np.frombuffer(base64.b64decode(packed), dtype="<u2").astype(np.uint16)


def _group(opened: Session, waiting: Sequence[tuple[int, str, int, Mapping[str, object]]], groups: Groups) -> None:
    known: dict[int, frozenset[str]] = {}
    rows = []
    for ad_id, text, main_end, details in waiting:
        near, parts = near_of(text, main_end)
        group = _find(opened, near, parts, groups, known)
        if group is None:
            groups.add(ad_id, near)
            known[ad_id] = parts
        kept = details if group is not None else {**details, "near": near.to_json()}
        rows.append({"id": ad_id, "text_group": group or ad_id, "details": kept})
    opened.bulk_update_mappings(tables.Advertisement.__mapper__, rows)  # type: ignore[attr-defined]  # SQLAlchemy's


def _find(
    opened: Session, near: Near, parts: frozenset[str], groups: Groups, known: dict[int, frozenset[str]]
) -> int | None:
    if near.signature is None:
        return groups.exact(near.key)
    best, group = THRESHOLD, None
    for number, other in _compared(opened, groups.candidates(near.signature), known):
        similar = jaccard(parts, other)
        if similar > best or (similar == best and (group is None or number < group)):
            best, group = similar, number
    return group


def _compared(
    opened: Session, numbers: Sequence[int], known: dict[int, frozenset[str]]
) -> Iterator[tuple[int, frozenset[str]]]:
    for number in numbers:
        if number not in known:
            row = opened.execute(
                select(tables.Advertisement.text, tables.Advertisement.main_end).where(
                    tables.Advertisement.id == number
                )
            ).one()
            known[number] = shingles(row[0][: row[1]])
        yield number, known[number]

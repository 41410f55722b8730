"""What a reader of Vietnamese is shown of a text: the words in question, in their surroundings, and what was said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.policy import load_policy
from evaluation.confusion import NOTHING
from evaluation.judged import Judged
from evaluation.quotes import places
from evaluation.suspects import Suspect
from models.vocabulary import TEXT_CODES, Code, TextKind

#: Letters shown on each side of the words in question, and at most in all.
_AROUND = 140
_MOST = 900

KINDS = {
    TextKind.HEALTH_AD: "quảng cáo về sức khỏe",
    TextKind.HEALTH_INFO: "thông tin sức khỏe",
    TextKind.OTHER_AD: "quảng cáo khác",
    TextKind.OTHER: "nội dung khác",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; ``marked`` where it is the words in question."""

    text: str
    marked: bool = False


def in_context(text: str, spans: Iterable[tuple[int, int]]) -> list[Piece]:
    """Return the words at ``spans`` marked, with what stands around them; '…' where something was left out.

    Without any span the beginning of the text is returned.
    """
    merged = _merged(spans) or [(0, 0)]
    pieces: list[Piece] = []
    done = shown = 0
    for start, end in merged:
        if shown > _MOST:
            return [*pieces, Piece(" […]")]
        left = max(done, _word_start(text, start - _AROUND)) if start - _AROUND > done else done
        pieces += [Piece("… ")] if left > done else []
        pieces += [Piece(text[left:start]), Piece(text[start : min(end, start + _MOST)], marked=True)]
        done, shown = end, shown + end - left
        following = next((other for other, _ in merged if other >= end and other > start), len(text))
        right = min(following, _word_end(text, end + _AROUND * (1 if end else 3)))
        pieces.append(Piece(text[end:right]))
        done = right
    return [piece for piece in [*pieces, Piece(" …" if done < len(text) else "")] if piece.text]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _word_start(text: str, at: int) -> int:
    """Return the start of the next word from ``at`` on, so that none is cut."""
    found = text.find(" ", max(at, 0), max(at, 0) + 20)
    return found + 1 if found >= 0 and at > 0 else max(at, 0)


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    found = text.rfind(" ", max(0, at - 20), at)
    return found if found >= 0 else at


def marks(row: Judged, code: Code) -> list[tuple[int, int]]:
    """Return where a reader marked words for ``code``."""
    return [place for quote in row.sample.codes.get(code, ()) for place in list(places(row.sample.text, quote))[:1]]


def name_of(code: Code | str) -> str:
    """Return a code's Vietnamese name, as in the policy."""
    return load_policy().codes[Code(code)].name_vi


def names_of(codes: Iterable[Code]) -> str:
    """Return the Vietnamese names of some codes."""
    return "; ".join(name_of(code) for code in sorted(codes)) or "không có"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One error, for a reader: what it is, how sure the classifier was of it, and the words in their surroundings."""

    id: str
    what: str
    about: str
    certainty: float
    remark: str
    pieces: Sequence[Piece]


_WHATS = _WRONG, _MISSED, _WRONG_KIND = ("Báo nhầm", "Bỏ sót", "Nhầm loại văn bản")


def mistakes(rows: Sequence[Judged], most: int = 25) -> list[Mistake]:
    """Return the errors of which the classifier was surest, so many of each: flagged wrongly, missed, wrong kind."""
    found: list[Mistake] = []
    for row in rows:
        found += (_flagged(row, code) for code in row.answer.flagged - set(row.sample.codes))
        found += (_missed(row, code) for code in set(row.sample.codes) - row.answer.flagged)
        if row.answer.is_ad != (row.sample.kind is TextKind.HEALTH_AD):
            found.append(_kind(row))
    ordered = sorted(found, key=lambda mistake: (-mistake.certainty, mistake.id))
    return [mistake for what in _WHATS for mistake in [m for m in ordered if m.what == what][:most]]


def _flagged(row: Judged, code: Code) -> Mistake:
    quoted = row.quoted(code)
    return Mistake(
        row.sample.id,
        _WRONG,
        name_of(code),
        max(row.answer.codes[code], *(found.probability for found in quoted)),
        _read(row),
        in_context(row.sample.text, [(found.span.start, found.span.end) for found in quoted]),
    )


def _missed(row: Judged, code: Code) -> Mistake:
    said = "" if row.answer.is_ad else f"Máy cho là {KINDS[row.answer.label]}. "
    return Mistake(
        row.sample.id,
        _MISSED,
        name_of(code),
        1.0 - row.answer.codes[code],
        f"{said}Dấu hiệu máy báo: {names_of(row.answer.flagged)}.",
        in_context(row.sample.text, marks(row, code)),
    )


def _kind(row: Judged) -> Mistake:
    label = row.answer.label
    return Mistake(
        row.sample.id,
        _WRONG_KIND,
        f"Máy cho là {KINDS[label]}",
        row.answer.kind[label],
        _read(row),
        in_context(row.sample.text, ()),
    )


def _read(row: Judged) -> str:
    codes = f", dấu hiệu: {names_of(row.sample.codes)}" if row.sample.codes else ", không có dấu hiệu nào"
    return f"Người đọc gán nhãn: {KINDS[row.sample.kind]}{codes}."


def suspect_row(suspect: Suspect) -> dict[str, Any]:
    """Return a suspect label for a reader."""
    row = suspect.row
    if suspect.about == "kind":
        about, spans = "Loại văn bản", []
        given, other = KINDS[TextKind(suspect.given)], KINDS[TextKind(suspect.likelier)]
    else:
        code = Code(suspect.about)
        about = name_of(code)
        given, other = ("có", "không") if suspect.given == "given" else ("không", "có")
        spans = marks(row, code) or [(found.span.start, found.span.end) for found in row.quoted(code)]
    pieces = in_context(row.sample.text, spans)
    return {
        "id": row.sample.id,
        "about": about,
        "given": given,
        "other": other,
        "margin": suspect.margin,
        "pieces": pieces,
    }


def question(ours: Judged, theirs: Judged) -> list[Piece]:
    """Return the words on which two classifiers part: what a reader marked, else what either of them quotes."""
    read = [place for code in ours.sample.codes for place in marks(ours, code)]
    quoted = [(f.span.start, f.span.end) for row in (ours, theirs) for f in row.answer.findings]
    return in_context(ours.sample.text, read or quoted)


def cell(row: Judged, missed: str, wrong: str) -> list[Piece]:
    """Return the words behind one cell of the confusion of codes: those missed, else those quoted wrongly."""
    if missed != NOTHING:
        return in_context(row.sample.text, marks(row, Code(missed)))
    return in_context(row.sample.text, [(f.span.start, f.span.end) for f in row.quoted(Code(wrong))])


def kind_name(kind: str) -> str:
    """Return a kind of text in Vietnamese."""
    return KINDS[TextKind(kind)]


def confused(found: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the codes that occur in a confusion, in the codebook's order, and ``none`` last."""
    named = set(found) | {said for inner in found.values() for said in inner}
    return [code.value for code in TEXT_CODES if code.value in named] + [NOTHING]

"""One case as plain text, for the terminal: the same words as the dossier, without its heading block and hashes."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from cases.sections import Advertisement, Registered, Sheet, Sign
from cases.sheet import sheet
from cases.types import Dossier
from cases.untrusted import fit, line, width

_INDENT = "    "


def render_text(dossier: Dossier, *, columns: int = 100) -> str:
    """The case for a terminal of so many columns: summary, registry, signs with their quotes, priority, history."""
    said = sheet(dossier)
    return "\n".join([*_case(said, columns), ""])


def _case(said: Sheet, columns: int) -> Iterator[str]:
    yield f"{said.title} {said.subtitle}"
    yield from _wrapped(said.notice, columns)
    yield from _section("I. Tóm tắt vụ việc", _pairs(said.summary, columns))
    yield from _bullets(said.notes, columns)
    yield from _section("II. Chủ thể và dữ liệu cấp phép", ())
    for answer in said.registered:
        yield from _registered(answer, columns)
    yield from _section("III. Các dấu hiệu cần xác minh", _wrapped(said.left_out, columns))
    for each in said.advertisements:
        yield from _advertisement(each, columns)
    yield from _section("IV. Các tin quảng cáo liên kết", _bullets(map(_joined, said.links.rows), columns))
    parts = [(f"{row[0]} ({row[1]} × {row[2]} = {row[3]})", row[4]) for row in said.priority.rows]
    yield from _section("V. Mức ưu tiên xem xét", _pairs(parts, columns))
    yield from _wrapped(said.priority_said, columns)
    yield from _section("VI. Quyết định xử phạt để tham khảo", _bullets(map(_precedent, said.precedents.rows), columns))
    yield from _section("VII. Quá trình xử lý", _bullets(map(_row, said.history.rows), columns))
    if said.requests.rows:
        yield from _section("Yêu cầu gỡ quảng cáo", _bullets(map(_row, said.requests.rows), columns))


def _row(values: Sequence[str]) -> str:
    return "; ".join(filter(None, map(line, values)))


def _precedent(row: Sequence[str]) -> str:
    when, acts, fine, number, source = map(line, row)
    return f"{when}: {acts}. Mức phạt: {fine}. Quyết định số: {number}. {source}."


def _joined(row: Sequence[str]) -> str:
    return f"Tin số {row[1]} ({row[3]}): {line(row[2])}. {row[4]}."


def _section(name: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield name
    yield from lines


def _wrapped(text: str, columns: int, indent: str = "", first: str | None = None) -> list[str]:
    head = indent if first is None else first
    room = max(columns, width(indent) + 20)
    # a URL stays whole, so that it can be copied
    return wrap(
        text, room, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _bullets(texts: Iterable[str], columns: int) -> Iterator[str]:
    for text in texts:
        yield from _wrapped(text, columns, "  ", "- ")


def _pairs(rows: Sequence[tuple[str, str]], columns: int) -> Iterator[str]:
    label = max((width(name) for name, _ in rows), default=0) + 2
    for name, value in rows:
        yield from _wrapped(line(value), columns, " " * label, fit(name, label))


def _registered(each: Registered, columns: int) -> Iterator[str]:
    yield from _wrapped(f"{each.named}: {each.answer}.", columns)
    yield from _pairs([(f"  {name}", value) for name, value in each.details + each.facts], columns)
    yield from _bullets(each.reasons, columns)


def _advertisement(each: Advertisement, columns: int) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"{each.number}. {each.title}", columns)
    yield from _pairs([(f"  {name}", value) for name, value in each.facts], columns)
    for sign in each.signs:
        yield from _sign(sign, columns)


def _sign(sign: Sign, columns: int) -> Iterator[str]:
    yield from _wrapped(f"{sign.number}. Dấu hiệu: {sign.name}", columns, _INDENT, "  ")
    for quote in sign.quotes:
        yield from _wrapped(line(f"{quote.before}«{quote.words}»{quote.after}"), columns, _INDENT)
        yield from _wrapped(f"{quote.reason} ({quote.certainty})".strip(), columns, _INDENT)
    for absence in sign.absences:
        sought = f"Chưa tìm thấy: {'; '.join(absence.sought)}. Đã tìm tại: {'; '.join(absence.where)}."
        yield from _wrapped(sought, columns, _INDENT)
        yield from _wrapped(f"{absence.reason} ({absence.certainty})".strip(), columns, _INDENT)
    for reason, certainty in sign.others:
        yield from _wrapped(f"{reason} ({certainty})", columns, _INDENT)
    for provision in sign.provisions:
        yield from _wrapped(f"Quy định có thể liên quan: {provision.cited} ({provision.state})", columns, _INDENT)
    for name, value in sign.penalty:
        yield from _wrapped(f"{name}: {value}", columns, _INDENT)

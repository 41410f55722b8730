"""How one advertisement looks on a terminal, in Vietnamese. Text of strangers can move no cursor and hide no word."""

import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence

from cases.untrusted import BIDI, line
from cases.wording import ANSWER_VI, DOMAIN_VI, VERDICT_VI, address, percent, stamp
from models.vocabulary import Code, ReadingOutcome, TextKind
from pipeline.queues import QUEUE_VI
from pipeline.reading_values import ReadingItem, Spans

KIND_VI: Mapping[TextKind, str] = {
    TextKind.HEALTH_AD: "quảng cáo về y tế",
    TextKind.HEALTH_INFO: "thông tin y tế, không phải quảng cáo",
    TextKind.OTHER_AD: "quảng cáo khác",
    TextKind.OTHER: "nội dung khác",
}

OUTCOME_VI: Mapping[ReadingOutcome, str] = {
    ReadingOutcome.CONFIRMED: "xác nhận có dấu hiệu",
    ReadingOutcome.REJECTED: "không có dấu hiệu",
    ReadingOutcome.SECOND_READING: "chuyển đọc lần hai",
    ReadingOutcome.SKIPPED: "bỏ qua",
    ReadingOutcome.UNDONE: "hoàn tác",
}

KEYS_VI = "c xác nhận · r loại bỏ · e sửa dấu hiệu · m đánh dấu · 2 đọc lần hai · s bỏ qua · u hoàn tác · ? · q thoát"

HELP_VI = """\
c  xác nhận: các dấu hiệu đang chọn là có cơ sở
r  loại bỏ: không có dấu hiệu nào
e  sửa danh sách dấu hiệu đang chọn (nhập số thứ tự; nhập lại số đó để bỏ)
m  đánh dấu đoạn trích chứng minh một dấu hiệu (chép đúng những từ trong quảng cáo)
2  chuyển cho người thứ hai đọc
s  bỏ qua, để lúc khác
u  hoàn tác câu trả lời gần nhất
q  thoát; những gì đã trả lời đều đã được lưu
Dấu hiệu chỉ là căn cứ để xem xét, không phải kết luận vi phạm."""

#: Longer texts are cut here around what is marked; the whole is in the reviewers' screen.
_MOST = 6_000

Chosen = Mapping[Code, Spans]


def screen(item: ReadingItem, chosen: Chosen, names: Mapping[Code, str], waiting: int) -> str:
    """Return the whole screen of one advertisement."""
    parts = [
        f"{'─' * _columns()}\n{QUEUE_VI[item.queue]} · còn {waiting} · quảng cáo số {item.ad_id}",
        f"{line(item.title) or '(không có tiêu đề)'}\n{address(item.url)}"
        + (f"\nXuất xứ: {line(item.origin)}" if item.origin else ""),
        f"Nguồn: {line(item.source) or 'không rõ'} · thấy lần đầu {stamp(item.first_seen_at)}"
        + (f" · đã gỡ {stamp(item.withdrawn_at)}" if item.withdrawn_at else ""),
        marked(item, chosen),
        "\n".join(machine(item)),
        "\n".join(_registry(item)),
        "\n".join(_past(item, names)),
        selected(chosen, names),
    ]
    return "\n\n".join(part for part in parts if part)


def selected(chosen: Chosen, names: Mapping[Code, str]) -> str:
    """Return the list of signs that the reader now stands by."""
    if not chosen:
        return "Đang chọn: chưa có dấu hiệu nào."
    return "Đang chọn: " + "; ".join(f"{names.get(code, code.value)} ({len(s)} đoạn)" for code, s in chosen.items())


def marked(item: ReadingItem, chosen: Chosen) -> str:
    """Return the text with the chosen quotes between [ and ], cut to what a terminal can hold."""
    spans = sorted({span for places in chosen.values() for span in places})
    opens = {start for start, _ in spans}
    closes = {end for _, end in spans}
    first = max(0, min((start for start, _ in spans), default=0) - _MOST // 2)
    last = min(len(item.text), first + _MOST)
    paint = _paint()
    shown = ["… " if first else ""]
    for at in range(first, last):
        shown.append(paint(at in closes, at in opens))
        shown.append(_printable(item.text[at]))
    shown.append(paint(last in closes, False))
    shown.append(" …" if last < len(item.text) else "")
    return "\n".join(_wrapped("".join(shown)))


def _paint() -> Callable[[bool, bool], str]:
    """Return what stands before a letter: the end and the beginning of quotes, in colour on a terminal."""
    close, begin = ("]\x1b[0m", "\x1b[7m[") if sys.stdout.isatty() else ("]", "[")
    return lambda ends, begins: (close if ends else "") + (begin if begins else "")


def _printable(char: str) -> str:
    if char in "\n\t":
        return char
    return "" if char in BIDI or not (char.isprintable() or char == "\u00a0") else char


def _columns() -> int:
    return min(100, max(40, shutil.get_terminal_size((100, 30)).columns))


def _wrapped(text: str) -> list[str]:
    lines = [textwrap.wrap(each, _columns(), break_long_words=True) or [""] for each in text.split("\n")]
    return [each for part in lines for each in part]


def machine(item: ReadingItem) -> list[str]:
    """Return what the machine says of an advertisement, line by line; nothing of it while the reader is blind."""
    if item.blind:
        return ["Chế độ đọc mù: chưa hiển thị kết quả của máy."]
    kind = KIND_VI[item.kind] if item.kind else "chưa chấm"
    domains = ", ".join(DOMAIN_VI[domain] for domain in item.domains) or "chưa rõ lĩnh vực"
    lines = [f"Máy: {kind} ({percent(item.kind_probability)}); {domains}; mức rủi ro {percent(item.risk)}."]
    for found in item.findings:
        proof = f"«{line(found.quote)}»" if not found.absence else f"thiếu: {line('; '.join(found.sought))}"
        lines.append(f"  • {found.name_vi} ({percent(found.probability)}): {proof}")
        lines += [
            f"      {line(text)}{'' if verified else ' (CHƯA KIỂM CHỨNG)'}" for text, verified in found.provisions
        ]
        lines += [f"      {found.penalty}"] if found.penalty else []
        lines += [f"      {line(found.reason)}"] if found.reason else []
    return lines if item.findings else [*lines, "  Máy không nêu dấu hiệu nào."]


def _registry(item: ReadingItem) -> list[str]:
    lines = ["Đối chiếu dữ liệu cấp phép:"] if item.registry else []
    for answer in item.registry:
        lines.append(f"  Quảng cáo ghi : {line(answer.named)}")
        lines.append(f"  Dữ liệu có    : {line(answer.record_name) or '—'}  {line(answer.licence_no)}")
        facts = {
            "có trong sổ": answer.exists,
            "còn hiệu lực": answer.in_force,
            "đúng nơi": answer.at_place,
            "đúng phạm vi": answer.within_scope,
        }
        said = "; ".join(f"{name}: {ANSWER_VI[fact].lower()}" for name, fact in facts.items())
        lines.append(f"    {VERDICT_VI[answer.decision]}. {said}.")
    return lines


def _past(item: ReadingItem, names: Mapping[Code, str]) -> list[str]:
    lines = []
    if item.case_id is not None:
        lines.append(f"Thuộc vụ việc số {item.case_id}.")
    if item.precedent is not None:
        past = item.precedent
        codes = _named(past.codes, names)
        lines.append(
            f"Đã đọc trước đây ({past.why.lower()}): quảng cáo số {past.ad_id}, {past.reader}: "
            f"{OUTCOME_VI[past.outcome]}{codes}. {line(past.reason)}".rstrip()
        )
    for number, given in enumerate(item.earlier, 1):
        said = f"{OUTCOME_VI[given.outcome]}{_named(tuple(given.codes), names)}"
        lines.append(f"Ý kiến {number} ({given.reader}, {stamp(given.read_at)}): {said}. {line(given.reason)}".rstrip())
    return lines


def _named(codes: Sequence[Code], names: Mapping[Code, str]) -> str:
    return f" ({'; '.join(names.get(code, code.value) for code in codes)})" if codes else ""

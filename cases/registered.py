"""What the registry says of whom a case names: each person and place once, however many advertisements name it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cases.sections import Registered
from cases.types import Lead, RegistryAnswer
from cases.untrusted import line
from cases.wording import ANSWER_VI, VERDICT_VI
from models.vietnamese import folded
from models.vocabulary import Answer, Verdict


def rows_of(*rows: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the rows that say something, safe to show."""
    return tuple((label, line(value)) for label, value in rows if line(value))


@dataclass(frozen=True, slots=True)
class _Words:
    """How the answers on one kind of name are said: ``answers`` for the decision, ``facts`` for what is known."""

    who: str
    answers: Mapping[Verdict, str]
    facts: tuple[tuple[str, str], ...]
    record: str
    number: str


_FACTS = (
    ("exists", "Có trong dữ liệu cấp phép"),
    ("in_force", "Giấy phép còn hiệu lực vào ngày quảng cáo"),
    ("at_place", "Đúng địa điểm, cơ sở nêu trong quảng cáo"),
    ("within_scope", "Nội dung quảng cáo trong phạm vi được phép"),
)


#: Ways of writing one name, and reasons, that a dossier repeats: more would hide what matters.
_WAYS = 5
_REASONS = 10


_CONFIRMED: Mapping[Verdict, str] = {
    Verdict.MATCHED: "Có trong dữ liệu đã nhập",
    Verdict.AMBIGUOUS: "Có nhiều bản ghi cùng số, chưa thể kết luận",
    Verdict.NOT_FOUND: "Chưa tìm thấy trong dữ liệu đã nhập",
}
_CONFIRMED_FACTS = (
    ("exists", "Số có trong dữ liệu giấy xác nhận"),
    ("in_force", "Đã cấp và còn hiệu lực vào ngày quảng cáo"),
    ("within_scope", "Cấp cho đúng sản phẩm, dịch vụ trong quảng cáo"),
)
_LICENSED = ("Tên trong dữ liệu cấp phép", "Số giấy phép")
_WORDS: Mapping[str, _Words] = {
    "facility": _Words("Cơ sở", VERDICT_VI, _FACTS, *_LICENSED),
    "practitioner": _Words("Người hành nghề", VERDICT_VI, _FACTS, *_LICENSED),
    "confirmation_no": _Words(
        "Số giấy xác nhận",
        _CONFIRMED,
        _CONFIRMED_FACTS,
        "Sản phẩm, dịch vụ được xác nhận",
        "Số giấy xác nhận",
    ),
    "product_registration": _Words(
        "Số đăng ký hoặc công bố sản phẩm",
        _CONFIRMED,
        _CONFIRMED_FACTS,
        "Sản phẩm được đăng ký, công bố",
        "Số trong dữ liệu",
    ),
}


def _registered(answers: Sequence[tuple[int, RegistryAnswer]]) -> Registered:
    """One record (or a name that was not found) as all its advertisements name it; ``answers`` carry their numbers."""
    first = max((answer for _, answer in answers), key=lambda answer: answer.probability)
    words = _WORDS.get(first.kind, _WORDS["practitioner"])
    ways = list(dict.fromkeys(f"“{line(answer.named)}”" for _, answer in answers))
    numbers = _numbers(number for number, _ in answers)
    return Registered(
        named=f"{words.who} nêu trong quảng cáo: {', '.join(ways[:_WAYS])}",
        answer=words.answers[first.decision],
        facts=tuple((said, _fact(answers, fact)) for fact, said in words.facts),
        details=rows_of(
            ("Nêu trong tin số", numbers),
            (words.record, first.record_name),
            (words.number, first.licence_no),
            ("Dữ liệu đối chiếu", first.snapshot),
        ),
        reasons=tuple(dict.fromkeys(line(reason) for _, answer in answers for reason in answer.reasons))[:_REASONS],
    )


def _fact(answers: Sequence[tuple[int, RegistryAnswer]], fact: str) -> str:
    """Say one fact; where advertisements differ, say which say what. 'Cannot tell' yields to an answer."""
    by_answer = {
        said: [n for n, answer in answers if getattr(answer, fact) is said] for said in (Answer.NO, Answer.YES)
    }
    clear = {said: numbers for said, numbers in by_answer.items() if numbers}
    if len(clear) <= 1:
        return ANSWER_VI[next(iter(clear), Answer.UNKNOWN)]
    return "; ".join(f"{ANSWER_VI[said]} (tin số {_numbers(numbers)})" for said, numbers in clear.items())


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(set(numbers))))


def registered_once(numbered: Sequence[tuple[int, Lead]]) -> tuple[Registered, ...]:
    """Return each person and place that the numbered advertisements name once, with what the registry says."""
    groups: dict[tuple[str, Verdict, str], list[tuple[int, RegistryAnswer]]] = {}
    for number, lead in numbered:
        for answer in lead.registry:
            key = (answer.kind, answer.decision, answer.licence_no or answer.record_name or folded(answer.named))
            groups.setdefault(key, []).append((number, answer))
    return tuple(map(_registered, groups.values()))

"""How soon a person should look at a case: a weighted sum whose every part is shown and explained in Vietnamese.

The weights and curves are editorial choices made while the program was written (November 2026), not tuned on data: what
is promised is the order (a graver, surer, fresher case comes first), and that no part is hidden.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from math import log2

from cases.policy import gravity
from cases.remarks import Before, outcome_said
from cases.types import Lead, LeadFinding, PenaltyBand, Priority, PriorityPart, RegistryAnswer
from cases.wording import UNCHECKED, day, decimal, local, money, percent
from models.vietnamese import INVISIBLE
from models.vocabulary import Answer, Domain, Verdict

#: Years within which an advertising act can be fined, where the caller does not pass on what the policy file states.
LIMITATION_YEARS = 1

#: A case whose acts can no longer be fined stays readable but ranks below every case that still can.
EXPIRED_CAP = 0.10

#: The organisation fine at which the scale of fines is full, in VND.
FULL_FINE = 200_000_000

_WEIGHTS = {
    "gravity": 0.26,
    "certainty": 0.21,
    "harm": 0.14,
    "registry": 0.15,
    "reach": 0.07,
    "fresh": 0.06,
    "clock": 0.05,
    "prior": 0.06,
}

_DOMAIN_HARM = {
    Domain.COSMETIC_SURGERY: (0.8, "phẫu thuật thẩm mỹ"),
    Domain.DRUG: (0.8, "thuốc"),
    Domain.SERVICE: (0.6, "dịch vụ khám bệnh, chữa bệnh"),
    Domain.DEVICE: (0.5, "thiết bị y tế"),
    Domain.SUPPLEMENT: (0.5, "thực phẩm bảo vệ sức khỏe"),
    Domain.COSMETIC: (0.3, "mỹ phẩm"),
}
_INVASIVE = re.compile(r"\b(?:phẫu thuật|tiêm|truyền|hút mỡ|cấy|cắt mí|nâng mũi|nâng ngực|đốt laser|gây mê|lăn kim)\b")
_VULNERABLE = re.compile(
    r"\b(?:trẻ em|trẻ nhỏ|trẻ sơ sinh|em bé|mang thai|thai phụ|bà bầu|thai nhi|phá thai|cho con bú)\b"
)
_INVISIBLE = {ord(char): None for char in INVISIBLE}

#: 'không dùng cho phụ nữ có thai' is a warning, not an offer.
_WARNING = re.compile(r"(?:không (?:dùng|sử dụng|áp dụng)|chống chỉ định|thận trọng)[^.;\n]{0,80}")


def _findings(leads: Iterable[Lead]) -> list[LeadFinding]:
    return [finding for lead in leads for finding in lead.findings]


def _most(band: PenaltyBand | None) -> int:
    """The most that one act can cost an organisation (else an individual), in VND; 0 where it is not known."""
    if band is None:
        return 0
    return (band.organisation or band.individual or (0, 0))[1]


def _gravity_part(leads: Sequence[Lead]) -> PriorityPart:
    findings = _findings(leads)
    worst = max((gravity(finding.code) for finding in findings), default=0.0)
    dearest = max(findings, key=lambda finding: _most(finding.penalty), default=None)
    fine = _most(dearest.penalty) if dearest else 0
    if dearest is None or dearest.penalty is None or not fine:
        said = "chưa có mức phạt trong dữ liệu chính sách; chỉ xét mức nguy hại của loại dấu hiệu"
        return PriorityPart("Mức nghiêm trọng và mức phạt", worst, _WEIGHTS["gravity"], said)
    party = "tổ chức" if dearest.penalty.organisation else "cá nhân"
    said = f"mức phạt tối đa có thể áp dụng cho một hành vi ({party}): {money(fine)}"
    if not dearest.penalty.verified:
        said += f" (mức tiền {UNCHECKED})"
    value = 0.6 * worst + 0.4 * min(1.0, fine / FULL_FINE)
    return PriorityPart("Mức nghiêm trọng và mức phạt", value, _WEIGHTS["gravity"], said)


def _certainty_part(leads: Sequence[Lead]) -> PriorityPart:
    surest = max((finding.probability for finding in _findings(leads)), default=0.0)
    kinds = len({finding.code for finding in _findings(leads)})
    said = f"dấu hiệu chắc chắn nhất được ước tính {percent(surest)}; {kinds} loại dấu hiệu khác nhau"
    return PriorityPart("Độ chắc chắn", surest, _WEIGHTS["certainty"], said)


def _offered(leads: Iterable[Lead]) -> str:
    passages = []
    for lead in leads:
        quotes = [f"{f.context_before}{f.quote}{f.context_after}" for f in lead.findings]
        passages.append(". ".join([lead.title, *quotes, lead.text_excerpt]))
    text = unicodedata.normalize("NFKC", "\n".join(passages)).lower().translate(_INVISIBLE)
    return _WARNING.sub(" ", text)


def _harm_part(leads: Sequence[Lead]) -> PriorityPart:
    domains = {domain for lead in leads for domain in lead.domains}
    value, said = max((_DOMAIN_HARM[domain] for domain in domains), default=(0.3, "chưa rõ nhóm hàng hóa, dịch vụ"))
    text = _offered(leads)
    reasons = [said]
    if found := sorted(set(_INVASIVE.findall(text))):
        value = max(value, 0.9)
        reasons.append(f"có thể là can thiệp xâm lấn ({', '.join(found[:3])})")
    if found := sorted(set(_VULNERABLE.findall(text))):
        value = 1.0
        reasons.append(f"nhắc đến nhóm dễ tổn thương ({', '.join(found[:3])})")
    return PriorityPart("Nhóm nguy cơ", value, _WEIGHTS["harm"], "; ".join(reasons))


def _answer_value(answer: RegistryAnswer) -> float:
    if answer.decision is Verdict.NOT_FOUND:
        return 0.8
    if answer.decision is Verdict.AMBIGUOUS:
        return 0.4
    facts = (answer.exists, answer.in_force, answer.at_place, answer.within_scope)
    if Answer.NO in facts:
        return 1.0 if answer.in_force is Answer.NO else 0.9
    return 0.3 if Answer.UNKNOWN in facts else 0.0


def _phrase(answer: RegistryAnswer) -> str:
    who = "cơ sở" if answer.kind == "facility" else "người hành nghề"
    if answer.decision is Verdict.NOT_FOUND:
        return f"chưa tìm thấy {who} trong dữ liệu cấp phép"
    if answer.decision is Verdict.AMBIGUOUS:
        return f"chưa thể kết luận {who} là hồ sơ cấp phép nào"
    told = (
        (answer.in_force, f"giấy phép của {who} có thể không còn hiệu lực"),
        (answer.within_scope, f"nội dung quảng cáo có thể vượt phạm vi được phép của {who}"),
        (answer.at_place, f"{who} có thể không đăng ký tại địa điểm quảng cáo"),
        (answer.exists, f"{who} có thể không có giấy phép"),
    )
    doubtful = f"đã tìm thấy giấy phép của {who}; còn nội dung chưa thể kết luận"
    settled = doubtful if Answer.UNKNOWN in [fact for fact, _ in told] else f"giấy phép của {who} phù hợp"
    return next((said for fact, said in told if fact is Answer.NO), settled)


def registry_phrase(leads: Iterable[Lead]) -> str:
    """Say the registry's most telling answer in one short Vietnamese phrase."""
    answers = [answer for lead in leads for answer in lead.registry if answer.is_licence]
    if not answers:
        return "chưa đối chiếu dữ liệu cấp phép"
    # of equally telling answers, the facility's: the case is filed under it
    return max((_answer_value(answer), answer.kind == "facility", _phrase(answer)) for answer in answers)[2]


def _registry_part(leads: Sequence[Lead]) -> PriorityPart:
    answers = [answer for lead in leads for answer in lead.registry if answer.is_licence]
    value = max(map(_answer_value, answers), default=0.3)
    return PriorityPart("Dữ kiện giấy phép", value, _WEIGHTS["registry"], registry_phrase(leads))


def _reach_part(leads: Sequence[Lead]) -> PriorityPart:
    ads, sources = len(leads), len({lead.source for lead in leads})
    value = min(1.0, log2(ads + sources - 1) / 5)  # 1 ad: 0; about 32 ads: full
    said = f"{ads} tin quảng cáo có dấu hiệu, từ {sources} nguồn"
    return PriorityPart("Quy mô và lặp lại", value, _WEIGHTS["reach"], said)


def _fresh_part(leads: Sequence[Lead], today: date) -> PriorityPart:
    seen = max(local(lead.last_seen_at).date() for lead in leads)
    age = max(0, (today - seen).days)
    value = 1.0 if age <= 7 else max(0.0, 1.0 - (age - 7) / 173)  # fades over half a year
    said = f"lần cuối ghi nhận ngày {day(seen)} ({age} ngày trước)" if age else f"ghi nhận trong ngày {day(seen)}"
    return PriorityPart("Độ mới", value, _WEIGHTS["fresh"], said)


def limitation_ends(leads: Sequence[Lead], years: int = LIMITATION_YEARS) -> date:
    """The last day of the limitation period, counted from the last day on which the advertisement was seen.

    An act that goes on counts from its end; the last sighting is the latest end that the evidence can show.
    """
    seen = max(local(lead.last_seen_at).date() for lead in leads)
    try:
        return seen.replace(year=seen.year + years)
    except ValueError:  # 29 February
        return seen.replace(year=seen.year + years, day=28)


def _clock_part(leads: Sequence[Lead], today: date, years: int) -> PriorityPart:
    ends = limitation_ends(leads, years)
    left = (ends - today).days
    if left < 0:
        return PriorityPart("Thời hiệu xử phạt", 0.0, _WEIGHTS["clock"], f"có thể đã hết thời hiệu từ ngày {day(ends)}")
    value = 1.0 if left <= 60 else max(0.0, 1.0 - (left - 60) / 305)
    said = f"thời hiệu {years} năm, tạm tính đến ngày {day(ends)} (còn {left} ngày)"
    return PriorityPart("Thời hiệu xử phạt", value, _WEIGHTS["clock"], said)


def _prior_part(earlier: Sequence[Before]) -> PriorityPart:
    """Decisions on the same owner, as far as what is shared shows it. A case without a sanction adds nothing."""
    name = "Quyết định trước đây"
    sanctioned = [each for each in earlier if each.case.prior is not None and each.case.prior.sanctioned]
    if not sanctioned:
        return PriorityPart(name, 0.0, _WEIGHTS["prior"], "chưa thấy vụ việc đã bị xử phạt có thể cùng chủ thể")
    first = max(sanctioned, key=lambda each: (each.surely, each.case.case_id))
    more = f"; và {len(sanctioned) - 1} vụ việc khác" if len(sanctioned) > 1 else ""
    said = f"có thể cùng chủ thể với vụ việc số {first.case.case_id} ({outcome_said(first.case)}): {first.why}{more}"
    return PriorityPart(name, first.surely, _WEIGHTS["prior"], said)


def prioritise(
    leads: Sequence[Lead],
    today: date,
    limitation_years: int = LIMITATION_YEARS,
    earlier: Sequence[Before] = (),
) -> Priority:
    """Rank a case of these leads (at least one) as of ``today`` in Vietnam: a value in [0, 1] with its parts.

    ``limitation_years`` is the policy file's, for the acts that these leads are about; ``earlier`` are the finished
    cases that may be of the same owner.
    """
    parts = (
        _gravity_part(leads),
        _certainty_part(leads),
        _harm_part(leads),
        _registry_part(leads),
        _reach_part(leads),
        _fresh_part(leads, today),
        _clock_part(leads, today, limitation_years),
        _prior_part(earlier),
    )
    value = round(min(1.0, sum(part.value * part.weight for part in parts)), 4)
    if limitation_ends(leads, limitation_years) < today and value > EXPIRED_CAP:
        said = (
            f"có thể đã hết thời hiệu xử phạt: mức ưu tiên được giữ ở {decimal(EXPIRED_CAP)} thay vì {decimal(value)}"
        )
        return Priority(EXPIRED_CAP, parts, said)
    return Priority(value, parts)

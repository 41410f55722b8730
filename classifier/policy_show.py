"""Show the law to people: what `medad policy show` prints, and the list of what was not verified."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from classifier.policy import CodeEntry, Policy
from classifier.policy_finding import penalty_json, provision_json
from classifier.policy_schema import UNVERIFIED, Caveat, DecidedBy, Element, Penalty, Provision, State
from models.vocabulary import Answer, Code, Domain, Party

#: Product classes as inspectors call them.
DOMAIN_VI: dict[Domain, str] = {
    Domain.SERVICE: "dịch vụ khám bệnh, chữa bệnh",
    Domain.COSMETIC_SURGERY: "phẫu thuật, thủ thuật thẩm mỹ",
    Domain.DRUG: "thuốc",
    Domain.SUPPLEMENT: "thực phẩm bảo vệ sức khỏe",
    Domain.COSMETIC: "mỹ phẩm",
    Domain.DEVICE: "thiết bị y tế",
}
_DECIDED_VI = {
    DecidedBy.TEXT: "lời văn quảng cáo",
    DecidedBy.BOTH: "lời văn quảng cáo, đối chiếu thêm hồ sơ hoặc danh bạ",
    DecidedBy.RULE_ABSENCE: "kiểm tra nội dung vắng mặt trên toàn trang",
    DecidedBy.REGISTRY: "đối chiếu danh bạ giấy phép",
}
_STATE_VI = {
    State.UNSETTLED: "Luật chưa rõ, không gắn cờ",
    State.NOT_REQUIRED: "Không còn bắt buộc, không gắn cờ",
    State.PENALTY_UNSETTLED: "Mức phạt chưa xác định",
}
_ANSWER_VI = {Answer.YES: "phải có", Answer.NO: "không bắt buộc", Answer.UNKNOWN: "chưa rõ"}


def day(on: date) -> str:
    """Write a day as Vietnamese documents do (a zero before days under 10 and months 1, 2): 05/7/2026, 15/02/2026."""
    return f"{on.day:02d}/{on.month:0{2 if on.month < 3 else 1}d}/{on.year}"


def dong(amount: int) -> str:
    """Write an amount with points between thousands: 15.000.000."""
    return f"{amount:,}".replace(",", ".")


def domains_vi(domains: Iterable[Domain]) -> str:
    """Name product classes in Vietnamese, in the order of the vocabulary."""
    chosen = [item for item in Domain if item in frozenset(domains)]
    return "mọi loại sản phẩm, dịch vụ" if len(chosen) == len(Domain) else "; ".join(DOMAIN_VI[item] for item in chosen)


def describe(policy: Policy, code: Code, on: date) -> str:
    """Describe ``code`` and its law as of ``on``, for a reader of Vietnamese (with the English definition)."""
    entry = policy.codes[code]
    return "\n".join(
        [
            f"{code.value}: {entry.name_vi} / {entry.name_en}",
            f"Ngày xét: {day(on)}. Bộ dữ liệu pháp luật: phiên bản {policy.version} ({policy.sha256[:12]}).",
            f"Áp dụng cho: {domains_vi(entry.applies_to)}.",
            f"Căn cứ kết luận: {_DECIDED_VI[entry.decided_by]}.",
            *_section("Định nghĩa", entry.definition_vi.splitlines()),
            *_section("Definition (English)", entry.definition_en.splitlines()),
            *_section(f"Lưu ý cho ngày {day(on)}", _caveats(entry.caveats, on)),
            *_section("Mốc pháp luật gần nhất", _latest(policy, on)),
            *_provisions(policy, entry, on),
            *_penalties(policy, entry, on),
            *_duties(policy, code, on),
            *_section("Ví dụ là dấu hiệu", [f"- {text}" for text in entry.examples]),
            *_section("Ví dụ không phải dấu hiệu", [f"- {text}" for text in entry.hard_negatives]),
            *_section("Ghi chú chung", [policy.fines_vi, policy.limitation_vi, policy.status_vi]),
        ]
    )


def _section(title: str, lines: Iterable[str]) -> list[str]:
    body = [f"  {line}" for line in lines]
    return ["", title, *body] if body else []


def _latest(policy: Policy, on: date) -> list[str]:
    """Return the law clock's last change before ``on`` or on it."""
    past = [change for change in policy.law_clock if change.on <= on]
    return [f"- {day(change.on)}: {change.changes_vi}" for change in past[-1:]]


def _caveats(caveats: Sequence[Caveat], on: date) -> Iterator[str]:
    for caveat in caveats:
        if caveat.in_force(on):
            yield f"- {_STATE_VI[caveat.state]} ({domains_vi(caveat.domains)}): {caveat.reason_vi}"


def _provisions(policy: Policy, entry: CodeEntry, on: date) -> list[str]:
    standing = [item for item in entry.provisions if item.in_force(on)]
    later = [item for item in entry.provisions if item.effective_from > on]
    ended = [item for item in entry.provisions if item.effective_to is not None and item.effective_to < on]
    laws = [(domain, policy.law_on(entry.code, on, [domain])) for domain in entry.applies_to]
    bare = [domain for domain, law in laws if not (law.provisions or law.unsettled or law.not_required)]
    none = [f"- {domains_vi(bare)}: bộ dữ liệu không có quy định nào cho ngày này, không gắn cờ."] if bare else []
    return [
        *_section(f"Quy định có hiệu lực ngày {day(on)}", [*(_provision(item, on) for item in standing), *none]),
        *_section("Quy định chưa có hiệu lực", [_provision(item, None) for item in later]),
        *_section("Quy định đã hết hiệu lực", [_provision(item, None) for item in ended]),
        *_section(
            "Quy định để hiểu thêm, không viện dẫn cho vi phạm", [_provision(item, None) for item in entry.context]
        ),
    ]


def _provision(item: Provision, on: date | None) -> str:
    about = f": {item.about}" if item.about else ""
    return f"- {item.cite(on)}{about}. {_when(item)}. Áp dụng: {domains_vi(item.domains)}.{_remarks(item)}"


def _when(item: Provision | Penalty | Element) -> str:
    since = f"Từ {day(item.effective_from)}"
    return since if item.effective_to is None else f"{since} đến hết {day(item.effective_to)}"


def _remarks(item: Provision | Penalty) -> str:
    note = f" Ghi chú: {item.note.rstrip('.')}." if item.note else ""
    return f"{note} Nguồn: {item.source or 'chưa có'}"


def _penalties(policy: Policy, entry: CodeEntry, on: date) -> list[str]:
    lines = [penalty_vi(item, on) for item in entry.penalties if item.in_force(on)]
    laws = {domain: policy.law_on(entry.code, on, [domain]) for domain in entry.applies_to}
    bare = {domain: law for domain, law in laws.items() if law.provisions and not law.penalties}
    unsettled = [domain for domain, law in bare.items() if law.penalty_unsettled]
    unread = [domain for domain, law in bare.items() if not law.penalty_unsettled]
    if unsettled:
        lines.append(f"- {domains_vi(unsettled)}: mức phạt chưa xác định (xem lưu ý).")
    if unread:
        lines.append(f"- {domains_vi(unread)}: bộ dữ liệu không có mức phạt cho ngày này.")
    related = [penalty_vi(item, on) for item in entry.related_penalties if item.in_force(on)]
    return [
        *_section(f"Mức phạt theo quy định ngày {day(on)}", lines),
        *_section("Khung phạt khác có liên quan (hành vi khác hoặc cách áp dụng khác)", related),
    ]


def penalty_vi(item: Penalty, on: date | None = None) -> str:
    """Say a penalty in Vietnamese: citation, bands of individuals and organisations, usual fines, extra sanctions."""
    about = f" ({item.about})" if item.about else ""
    extra = f" Biện pháp kèm theo: {item.extra_sanction}." if item.extra_sanction else ""
    return f"- {item.cite(on)}{about}: {_amounts(item)}. Áp dụng: {domains_vi(item.domains)}.{extra}{_remarks(item)}"


def _amounts(item: Penalty) -> str:
    parts = []
    for party, name in ((Party.INDIVIDUAL, "cá nhân"), (Party.ORGANISATION, "tổ chức")):
        band, usual = item.band(party), item.usual(party)
        if band is not None:
            middle = f" (thông thường {dong(usual)} đồng)" if usual is not None else ""
            parts.append(f"{name} từ {dong(band[0])} đến {dong(band[1])} đồng{middle}")
    return ("; ".join(parts) or "mức tiền chưa đọc được") + ("" if item.verified else f" {UNVERIFIED}")


def _duties(policy: Policy, code: Code, on: date) -> list[str]:
    if code is Code.MISSING_MANDATORY_NOTICE:
        return _section(f"Nội dung bắt buộc ngày {day(on)}", _elements(policy, on))
    if code is Code.MISSING_CONFIRMATION_NUMBER:
        answers = ((domain, policy.confirmation_required(domain, on)) for domain in Domain)
        lines = [f"- {DOMAIN_VI[domain]}: {_ANSWER_VI[answer]}" for domain, answer in answers]
        return _section(f"Giấy xác nhận nội dung quảng cáo ngày {day(on)}", lines)
    return []


def _elements(policy: Policy, on: date) -> Iterator[str]:
    for domain in Domain:
        due = policy.elements_on(domain, on, conditional=True)
        names = [item.name_vi + (" (nếu có)" if item.conditional else "") for item in due]
        yield f"- {DOMAIN_VI[domain]}: {'; '.join(names) or 'chưa đọc được nội dung bắt buộc cho ngày này'}."


def describe_json(policy: Policy, code: Code, on: date) -> dict[str, object]:
    """Return what `describe` says, for machines: law of every day, and which of it stands on ``on``."""
    entry = policy.codes[code]
    return {
        "code": code.value,
        "on": on.isoformat(),
        "policy": {"version": policy.version, "sha256": policy.sha256, "status_vi": policy.status_vi},
        "name_vi": entry.name_vi,
        "name_en": entry.name_en,
        "definition_vi": entry.definition_vi,
        "definition_en": entry.definition_en,
        "decided_by": entry.decided_by.value,
        "applies_to": sorted(entry.applies_to),
        "provisions": [{**provision_json(item, on), "in_force": item.in_force(on)} for item in entry.provisions],
        "context": [{**provision_json(item, on), "in_force": item.in_force(on)} for item in entry.context],
        "penalties": [{**penalty_json(item, on), "in_force": item.in_force(on)} for item in entry.penalties],
        "related_penalties": [
            {**penalty_json(item, on), "in_force": item.in_force(on)} for item in entry.related_penalties
        ],
        "caveats": [{**item.model_dump(mode="json"), "in_force": item.in_force(on)} for item in entry.caveats],
        "elements": [_element_json(policy, domain, on) for domain in Domain]
        if code is Code.MISSING_MANDATORY_NOTICE
        else [],
        "confirmation_required": {domain.value: policy.confirmation_required(domain, on).value for domain in Domain}
        if code is Code.MISSING_CONFIRMATION_NUMBER
        else {},
        "examples": list(entry.examples),
        "hard_negatives": list(entry.hard_negatives),
    }


def _element_json(policy: Policy, domain: Domain, on: date) -> dict[str, object]:
    due = policy.elements_on(domain, on, conditional=True)
    return {"domain": domain.value, "elements": [item.model_dump(mode="json", exclude={"domains"}) for item in due]}


def unverified(policy: Policy) -> list[tuple[str, str, str]]:
    """List what was not read in a named source, as (code, citation, note), in the order of the file."""
    rows = []
    for code, entry in policy.codes.items():
        cited: list[Provision | Penalty] = [
            *entry.provisions,
            *entry.context,
            *entry.penalties,
            *entry.related_penalties,
        ]
        rows += [(code.value, _what(item), item.note or "") for item in cited if not item.verified]
    return rows


def _what(item: Provision | Penalty) -> str:
    kind = "penalty" if isinstance(item, Penalty) else "provision"
    return f"{kind}: {item.cite().removesuffix(UNVERIFIED).strip()}, {_when(item).lower()}"


def unverified_table(policy: Policy) -> str:
    """Return ``unverified`` as the Markdown table of docs/policy.md."""
    head = ["| code | what | why |", "|---|---|---|"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in unverified(policy))])

"""What a dossier says, in order, as plain Vietnamese strings: one content for the page and for the Word file.

Every string here is already safe to show (``cases.untrusted``), and everything is worded as a lead: 'dấu hiệu',
'có thể', 'cần xác minh'. The sentences that never change are in ``cases.sentences``.
"""

from collections.abc import Iterable, Sequence

from cases.attached import Picture, Reports
from cases.pictures import shown_part
from cases.policy import gravity
from cases.precedents import day_said, source_said
from cases.registered import registered_once, rows_of
from cases.sections import Absence, Advertisement, Provision, Quote, Sheet, Sign, Table
from cases.sentences import BLANK, DISCLAIMER, HOW_TO_VERIFY, HOW_TO_VERIFY_ONE, NOTICE, TITLE
from cases.steps import step_said
from cases.takedown import SEEN_VI, clock_said
from cases.triage import STATUS_VI
from cases.types import Citation, Dossier, EvidenceRef, Lead, LeadFinding, PenaltyBand
from cases.untrusted import clean, line
from cases.wording import (
    DOMAIN_VI,
    METHOD_VI,
    SUBJECT_VI,
    address,
    article,
    checked,
    cited,
    day,
    decimal,
    has_address,
    local,
    long_day,
    money,
    money_range,
    percent,
    stamp,
)
from models.vocabulary import Code

#: Advertisements described one by one; the rest stand in the tables. A file of a thousand pages helps nobody.
MAX_DETAILED = 40

#: Characters of a title: some pages put their whole text into it.
TITLE_LENGTH = 200

#: Characters of context shown on each side of a quote.
CONTEXT = 240


def _capital(text: str) -> str:
    said = line(text)
    return said[:1].upper() + said[1:]


def _code_name(dossier: Dossier, code: Code) -> str:
    return line(dossier.code_names.get(code, "")) or str(code)


def _weight(lead: Lead) -> float:
    return max((gravity(finding.code) * finding.probability for finding in lead.findings), default=0.0)


def _provision(citation: Citation) -> Provision:
    return Provision(cited(citation), checked(citation.verified), citation.verified)


def _penalty(band: PenaltyBand | None) -> tuple[tuple[str, str], ...]:
    if band is None:
        return (("Khung phạt tiền", "Chưa có dữ liệu trong bộ chính sách; cần tra cứu"),)
    usual = f"{money(band.usual_individual)} (cá nhân)" if band.usual_individual else ""
    return rows_of(
        ("Khung phạt tiền theo", f"{article(line(band.article))}, {line(band.instrument)} ({checked(band.verified)})"),
        ("Đối với cá nhân", _capital(money_range(band.individual))),
        ("Đối với tổ chức", _capital(money_range(band.organisation))),
        ("Mức tham khảo trong khung", usual),
        ("Biện pháp khác có thể áp dụng", _capital(band.extra_sanction)),
        ("Ghi chú", band.note),
    )


def _certainty(finding: LeadFinding) -> str:
    return f"mức chắc chắn ước tính: {percent(finding.probability)}; phát hiện bằng {METHOD_VI[finding.method]}"


def _quote(finding: LeadFinding) -> Quote:
    before, after = clean(finding.context_before)[-CONTEXT:], clean(finding.context_after)[:CONTEXT]
    before = f"(…) {before.lstrip()}" if before.strip() else ""
    after = f"{after.rstrip()} (…)" if after.strip() else ""
    return Quote(before, clean(finding.quote), after, _certainty(finding), line(finding.reason))


def _absence(finding: LeadFinding) -> Absence:
    sought, where = tuple(map(line, finding.sought)), tuple(map(line, finding.where))
    return Absence(sought, where, _certainty(finding), line(finding.reason))


def _sign(dossier: Dossier, number: str, code: Code, findings: Sequence[LeadFinding]) -> Sign:
    quoted = [finding for finding in findings if finding.quote]
    absent = [finding for finding in findings if not finding.quote and finding.sought]
    others = [finding for finding in findings if not finding.quote and not finding.sought]
    provisions = dict.fromkeys(_provision(citation) for finding in findings for citation in finding.provisions)
    band = next((finding.penalty for finding in findings if finding.penalty), None)
    return Sign(
        number=number,
        name=_code_name(dossier, code),
        quotes=tuple(map(_quote, quoted)),
        absences=tuple(map(_absence, absent)),
        others=tuple((line(finding.reason), _certainty(finding)) for finding in others),
        provisions=tuple(provisions),
        penalty=_penalty(band),
        penalty_verified=band is not None and band.verified,
    )


def _capture(reference: EvidenceRef) -> str:
    met = f"mã trạng thái HTTP {reference.status}" if reference.status else "nhập từ tệp, không tải qua mạng"
    return f"{stamp(reference.captured_at)} (giờ Việt Nam), {met}"


def _advertisement(dossier: Dossier, number: int, lead: Lead) -> Advertisement:
    by_code = {code: [f for f in lead.findings if f.code is code] for code in Code}
    codes = sorted(filter(by_code.get, by_code), key=lambda code: -max(f.probability for f in by_code[code]))
    captures = "; ".join(map(_capture, lead.evidence)) or "Chưa có bản lưu; cần thu thập lại"
    first, last = stamp(lead.first_seen_at), stamp(lead.last_seen_at)
    seen = f"{first} (giờ Việt Nam)" if first == last else f"Từ {first} đến {last} (giờ Việt Nam)"
    facts = rows_of(
        ("Địa chỉ (URL)", address(lead.url)),
        ("Xuất xứ", lead.origin),
        ("Nguồn", lead.source),
        ("Ngày xét hiệu lực pháp luật", f"{day(lead.shown_on)} (ngày đăng hoặc ngày ghi nhận)"),
        ("Ghi nhận", seen),
        ("Bản lưu", captures),
        ("Nhóm hàng hóa, dịch vụ", _capital(", ".join(DOMAIN_VI[domain] for domain in lead.domains))),
    )
    signs = [_sign(dossier, f"{number}.{n}", code, by_code[code]) for n, code in enumerate(codes, start=1)]
    shot = next((each for each in dossier.pictures if each.ad_id == lead.ad_id), None)
    return Advertisement(number, _title(lead), facts, tuple(signs), shot, _caption(shot) if shot else "")


def _caption(shot: Picture) -> str:
    part = "phần đầu trang" if shown_part(shot) < 1 else "toàn trang"
    return (
        f"Ảnh chụp {part} lúc {stamp(shot.captured_at)} (giờ Việt Nam); ảnh gốc {shot.width} × {shot.height} điểm ảnh, "
        f"mã băm {line(shot.sha256)}, dòng nhật ký số {shot.seq}"
    )


def _title(lead: Lead) -> str:
    said = line(lead.title) or (line(lead.url) if has_address(lead.url) else "") or f"tin số {lead.ad_id}"
    return said if len(said) <= TITLE_LENGTH else f"{said[:TITLE_LENGTH].rstrip()}…"


def _summary(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    codes = [code for code in Code if any(f.code is code for lead in dossier.leads for f in lead.findings)]
    kind = SUBJECT_VI.get(dossier.subject_kind, "")
    return rows_of(
        ("Vụ việc số", str(dossier.case_id)),
        ("Chủ thể cần xác minh", f"{line(dossier.subject)} ({kind})" if kind else dossier.subject),
        ("Trạng thái", STATUS_VI[dossier.status]),
        ("Ngày mở vụ việc", f"{stamp(dossier.opened_at)} (giờ Việt Nam)"),
        ("Số tin quảng cáo liên kết", str(len(dossier.leads))),
        ("Loại dấu hiệu", "; ".join(_code_name(dossier, code) for code in codes)),
        ("Đối chiếu cấp phép", _capital(dossier.registry_summary)),
        ("Người được giao", dossier.assignee),
        ("Phản ánh của người dân", _reports(dossier.reports)),
        ("Thời hiệu xử phạt", _limitation(dossier)),
        ("Mức ưu tiên xem xét", f"{decimal(dossier.priority.value)} (thang từ 0 đến 1)"),
    )


def _reports(reports: Reports) -> str:
    if not reports.count or reports.first_on is None or reports.last_on is None:
        return ""
    first, last = day(reports.first_on), day(reports.last_on)
    when = f"ngày {first}" if first == last else f"từ ngày {first} đến ngày {last}"
    return f"{reports.count} phản ánh, {when} (thông tin người phản ánh không nêu trong hồ sơ)"


def _limitation(dossier: Dossier) -> str:
    ends = dossier.limitation_ends
    if ends is None:
        return ""
    left = (ends - local(dossier.generated_at).date()).days
    clock = f"còn {left} ngày" if left >= 0 else f"có thể đã hết {-left} ngày"
    return f"Tạm tính đến ngày {day(ends)} ({clock}), kể từ lần cuối ghi nhận quảng cáo; cần xác định lại theo hồ sơ"


def _precedents(dossier: Dossier) -> Table:
    rows = []
    for each in dossier.precedents:
        acts = "; ".join(_code_name(dossier, code) for code in Code if code in each.codes)
        fine = money(each.fine_vnd) if each.fine_vnd else "Chưa rõ"
        when = day_said(each.on) if each.decided else f"Báo đăng {day_said(each.on)}"
        rows.append((when, acts, fine, each.number or "Chưa rõ", _capital(source_said(each))))
    head = ("Ngày", "Hành vi", "Mức phạt", "Quyết định số", "Nguồn")
    return Table(head, tuple(rows), (0.14, 0.32, 0.17, 0.16, 0.21))


def _requests(dossier: Dossier) -> Table:
    rows = []
    for each in dossier.requests:
        asked = f"{stamp(each.requested_at)}\n{line(each.requested_by)}"
        whom = f"Tin số {each.ad_id}\n{line(each.addressee) or 'Chưa ghi nơi nhận'}"
        clock = clock_said(each, dossier.generated_at)
        due = stamp(each.due_at) + (f"\n({clock})" if clock else "")
        seen = SEEN_VI[each.seen] + (f"\n{stamp(each.seen_at)}" if each.seen_at else "")
        rows.append((asked, whom, due, seen, line(each.note)))
    head = ("Thời điểm gửi, người gửi", "Tin, nơi nhận", "Hạn gỡ", "Kết quả thu thập lại", "Ghi chú")
    return Table(head, tuple(rows), (0.19, 0.21, 0.19, 0.20, 0.21))


#: A longer address loses its question part in tables: two pages of one site must still be told apart.
_SHORT_ADDRESS = 90


def _where(lead: Lead, *, whole: bool) -> str:
    if not has_address(lead.url):
        return line(lead.origin) or address(lead.url)
    url = line(lead.url)
    return url if whole or len(url) <= _SHORT_ADDRESS else url.partition("?")[0]


def _links(dossier: Dossier, numbered: Sequence[tuple[int, Lead]]) -> Table:
    reasons: dict[int, list[str]] = {}
    for link in dossier.links:
        reasons.setdefault(link.ad_id, []).append(line(link.reason))
    rows = []
    for number, lead in numbered:
        why = _capital("; ".join(reasons.get(lead.ad_id, []))) or "Chưa ghi lý do"
        where = _where(lead, whole=number > MAX_DETAILED)  # section III has the whole address
        rows.append((str(number), str(lead.ad_id), f"{_title(lead)}\n{where}", day(lead.shown_on), why))
    head = ("STT", "Tin số", "Tiêu đề và địa chỉ", "Ngày", "Lý do liên kết")
    return Table(head, tuple(rows), (0.08, 0.09, 0.39, 0.14, 0.30))


def _priority(dossier: Dossier) -> Table:
    rows = [
        (
            line(part.name_vi),
            *map(decimal, (part.value, part.weight, part.value * part.weight)),
            _capital(part.explanation_vi),
        )
        for part in dossier.priority.parts
    ]
    head = ("Thành phần", "Giá trị", "Trọng số", "Đóng góp", "Giải thích")
    return Table(head, tuple(rows), (0.23, 0.10, 0.12, 0.13, 0.42))


def _history(dossier: Dossier) -> Table:
    rows = [(stamp(step.at), line(step.by), step_said(step), line(step.why)) for step in dossier.history]
    return Table(("Thời điểm", "Người thực hiện", "Nội dung", "Lý do, ghi chú"), tuple(rows), (0.17, 0.20, 0.33, 0.30))


def _evidence(numbered: Sequence[tuple[int, Lead]]) -> Table:
    rows = []
    for number, lead in numbered:
        for ref in lead.evidence:
            place = f"{line(ref.warc)}\n{line(ref.record_id)}\ndòng nhật ký số {ref.seq}"
            hashes = f"nội dung: {line(ref.payload_sha256)}\nnhật ký: {line(ref.entry_sha256)}"
            rows.append((str(number), stamp(ref.captured_at), place, hashes))
    head = ("Tin (STT)", "Thời điểm lưu", "Tệp WARC, bản ghi, dòng nhật ký", "Mã băm SHA-256")
    return Table(head, tuple(rows), (0.09, 0.14, 0.35, 0.42))


def _shell_quoted(path: str) -> str:
    return "'" + line(path).replace("'", "'\\''") + "'"


def _command(ref: EvidenceRef) -> str:
    """Standard tools only: cut the record out, drop the WARC and HTTP headers and the closing line ends, hash."""
    return (
        f"tail -c +{ref.offset + 1} {_shell_quoted(ref.warc)} | head -c {ref.length} | gzip -dc "
        "| LC_ALL=C sed '1,/^\\r$/d' | LC_ALL=C sed '1,/^\\r$/d' | head -c -4 | sha256sum"
    )


def _verification(dossier: Dossier, numbered: Sequence[tuple[int, Lead]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    head = line(dossier.evidence_head_sha256)
    said = [*HOW_TO_VERIFY, f"Mã băm của dòng cuối nhật ký khi lập hồ sơ: {head}."] if head else [*HOW_TO_VERIFY]
    measured = [(n, ref) for n, lead in numbered for ref in lead.evidence if ref.length and ref.warc]
    if not measured:
        return tuple(said), ()
    number, ref = measured[0]
    return (*said, HOW_TO_VERIFY_ONE.format(number)), (_command(ref),)


def _sources(leads: Iterable[Lead]) -> tuple[tuple[str, str], ...]:
    """Where each provision was read, once."""
    citations = (each for lead in leads for finding in lead.findings for each in finding.provisions)
    return tuple(sorted({(cited(each), line(each.source)) for each in citations if line(each.source)}))


def _left_out(dossier: Dossier) -> str:
    rest = len(dossier.leads) - MAX_DETAILED
    if rest <= 0:
        return ""
    return (
        f"Hồ sơ trình bày chi tiết {MAX_DETAILED} tin có dấu hiệu rõ và nghiêm trọng nhất; {rest} tin còn lại nêu tại "
        "mục IV và có đầy đủ trong bản xuất JSON của vụ việc."
    )


def in_order(leads: Iterable[Lead]) -> list[Lead]:
    """The advertisements as a dossier describes them: gravest and surest first."""
    return sorted(leads, key=lambda lead: (-_weight(lead), lead.ad_id))


def sheet(dossier: Dossier) -> Sheet:
    """Say everything the dossier holds, gravest and surest advertisement first."""
    ordered = in_order(dossier.leads)
    numbered = list(enumerate(ordered, start=1))
    how, commands = _verification(dossier, numbered)
    return Sheet(
        parent_agency=line(dossier.parent_agency).upper() or BLANK,
        agency=line(dossier.agency).upper() or BLANK,
        place_and_day=f"…………, {long_day(dossier.generated_at)}",
        title=TITLE,
        subtitle=f"(Vụ việc số {dossier.case_id} – {line(dossier.subject)})",
        notice=NOTICE,
        summary=_summary(dossier),
        notes=tuple(map(line, dossier.notes)),
        registered=registered_once(numbered),
        advertisements=tuple(_advertisement(dossier, n, lead) for n, lead in numbered[:MAX_DETAILED]),
        left_out=_left_out(dossier),
        links=_links(dossier, numbered),
        priority=_priority(dossier),
        priority_said=line(dossier.priority.cap_vi),
        precedents=_precedents(dossier),
        history=_history(dossier),
        requests=_requests(dossier),
        evidence=_evidence(numbered),
        how_to_verify=how,
        commands=commands,
        versions=rows_of(
            ("Bộ chính sách (điều khoản, mức phạt)", dossier.policy_version),
            ("Bộ phát hiện dấu hiệu", dossier.classifier_version),
            ("Bộ đối chiếu cấp phép", dossier.matcher_version),
            ("Dữ liệu cấp phép", dossier.registry_snapshot),
            ("Thời điểm lập hồ sơ", f"{stamp(dossier.generated_at)} (giờ Việt Nam)"),
        ),
        disclaimer=DISCLAIMER,
        sources=_sources(ordered),
        number=f"Số: ……/HS-{dossier.case_id}",
    )

"""Invented leads for the tests of cases. No real person, clinic, phone or site."""

from datetime import UTC, date, datetime, timedelta

from cases.types import (
    Citation,
    EvidenceRef,
    KeyKind,
    Lead,
    LeadFinding,
    LinkKey,
    PenaltyBand,
    RegistryAnswer,
)
from models.vocabulary import Answer, Code, Domain, Method, Verdict

NOW = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)  # 01:05 on the 21st in Vietnam
TODAY = date(2026, 11, 24)


def band(most: int = 100_000_000, *, verified: bool = True) -> PenaltyBand:
    return PenaltyBand(
        instrument="Nghị định 1/2026/NĐ-CP",
        article="Điều 50 khoản 5",
        individual=(most - 20_000_000, most),
        organisation=(2 * most - 40_000_000, 2 * most),
        usual_individual=most - 10_000_000,
        verified=verified,
        extra_sanction="buộc gỡ quảng cáo",
    )


def citation(*, verified: bool = True) -> Citation:
    return Citation("điểm c khoản 5 Điều 50", "Nghị định 1/2026/NĐ-CP", "Điều 50", verified, "https://luat.example/1")


def finding(
    code: Code = Code.CURE_GUARANTEE,
    probability: float = 0.9,
    *,
    quote: str = "cam kết khỏi hẳn sau một liệu trình",
    penalty: PenaltyBand | None = None,
) -> LeadFinding:
    return LeadFinding(
        code,
        probability,
        Method.MODEL,
        quote=quote,
        context_before="Đau khớp lâu năm, ",
        context_after=", không cần tái khám.",
        reason="Hứa hẹn kết quả điều trị.",
        provisions=(citation(),),
        penalty=penalty or band(),
    )


def absent(code: Code = Code.MISSING_CONFIRMATION_NUMBER, probability: float = 0.9) -> LeadFinding:
    return LeadFinding(
        code,
        probability,
        Method.RULE,
        sought=("số giấy xác nhận nội dung quảng cáo",),
        where=("nội dung chính", "chân trang"),
        reason="Không thấy số giấy xác nhận.",
        provisions=(citation(verified=False),),
        penalty=band(30_000_000, verified=False),
    )


def phone(number: str) -> LinkKey:
    return LinkKey(KeyKind.PHONE, number, number)


def site(host: str) -> LinkKey:
    return LinkKey(KeyKind.SITE, host, host)


def name(shown: str) -> LinkKey:
    return LinkKey(KeyKind.NAME, shown.lower(), shown)


def licence(number: str) -> LinkKey:
    return LinkKey(KeyKind.LICENCE, number, number)


def doctor(shown: str) -> LinkKey:
    return LinkKey(KeyKind.PRACTITIONER, shown.lower(), shown)


def text(digest: str) -> LinkKey:
    return LinkKey(KeyKind.TEXT, digest, digest)


def evidence(ad_id: int, at: datetime = NOW) -> EvidenceRef:
    return EvidenceRef(
        url=f"https://mau.example/tin/{ad_id}",
        captured_at=at,
        status=200,
        warc="evidence/2026-11-20-mau-00001.warc.gz",
        record_id=f"<urn:uuid:00000000-0000-4000-8000-{ad_id:012d}>",
        payload_sha256="ab" * 32,
        entry_sha256="cd" * 32,
        seq=ad_id,
    )


def answer(decision: Verdict = Verdict.MATCHED, **facts: Answer) -> RegistryAnswer:
    return RegistryAnswer(
        kind="facility",
        named="Phòng khám Mẫu Đơn",
        decision=decision,
        record_name="Phòng khám đa khoa Mẫu Đơn" if decision is Verdict.MATCHED else "",
        licence_no="00001/XX-GPHĐ" if decision is Verdict.MATCHED else "",
        probability=0.9,
        reasons=("Tên trong quảng cáo: Phòng khám Mẫu Đơn; tên trong giấy phép: Phòng khám đa khoa Mẫu Đơn.",),
        snapshot="facilities.csv, nhập ngày 01/11/2026",
        **facts,
    )


def lead(
    ad_id: int,
    *keys: LinkKey,
    findings: tuple[LeadFinding, ...] | None = None,
    days_ago: int = 0,
    domains: tuple[Domain, ...] = (Domain.SERVICE,),
    registry: tuple[RegistryAnswer, ...] = (),
    title: str = "Khỏi đau khớp",
    source: str = "mau",
) -> Lead:
    seen = NOW - timedelta(days=days_ago)
    return Lead(
        ad_id=ad_id,
        url=f"https://mau.example/tin/{ad_id}",
        title=title,
        source=source,
        shown_on=seen.date(),
        first_seen_at=seen,
        last_seen_at=seen,
        risk=0.9,
        domains=domains,
        findings=(finding(),) if findings is None else findings,
        keys=keys,
        registry=registry,
        evidence=(evidence(ad_id, seen),),
    )

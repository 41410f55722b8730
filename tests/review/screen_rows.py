"""A small world for the screen: advertisements with signs, cases, accounts. All names are invented."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine
from sqlmodel import Session

from models import tables
from models.vocabulary import (
    Answer,
    CaseStatus,
    Code,
    MentionKind,
    Method,
    Outcome,
    Role,
    RunStatus,
    Stage,
    TextKind,
    Verdict,
)
from pipeline.accounts import AccountRow, create_account

VERSIONS = ("score-1", "match-1")
SEEN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PASSWORD = "hoa sen trắng 2026"  # noqa: S105 - of accounts that live for one test
LAW = {
    "provisions": [
        {"text": "Điều 7 Luật mẫu", "instrument": "Luật mẫu", "article": "7", "verified": True, "source": ""},
        {
            "text": "Điều 9 Nghị định mẫu",
            "instrument": "Nghị định mẫu",
            "article": "9",
            "verified": False,
            "source": "",
        },
    ],
    "penalty": None,
}
QUOTE = "cam kết khỏi hẳn 100%"


def account(engine: Engine, name: str, role: Role) -> AccountRow:
    """Add an account with the password of all tests."""
    return create_account(engine, name, PASSWORD, role, f"Người {name}")


def text_of(number: int) -> str:
    """The text of one advertisement: a quote in the middle, a code point beyond the BMP before it."""
    return (
        f"Phòng khám Cỏ Mây số {number} 🌿 chuyên trị mụn.\nChúng tôi {QUOTE}, không tái phát.\n"
        "Địa chỉ: 5 đường Mẫu, quận Mẫu. Liên hệ 028 0000 0000."
    )


def world(engine: Engine, count: int = 6, **fields: str) -> list[int]:
    """Store ``count`` flagged advertisements in one case and return their numbers; ``fields`` go into each."""
    with Session(engine) as opened:
        opened.add(
            tables.Run(
                id="run-1",
                kind="crawl",
                status=RunStatus.DONE,
                started_at=SEEN,
                summary={"versions": list(VERSIONS), "registry": "danh bạ mẫu"},
            )
        )
        case = tables.Case(
            subject=fields.get("title", "Phòng khám Cỏ Mây"),
            subject_kind="facility",
            status=CaseStatus.NEW,
            priority=0.7,
            priority_parts=[
                {"name_vi": "Độ chắc chắn", "value": 0.95, "weight": 0.5, "explanation_vi": "dấu hiệu chắc chắn nhất"}
            ],
            codes=[Code.CURE_GUARANTEE.value],
            registry_summary="chưa tìm thấy cơ sở trong dữ liệu cấp phép",
        )
        opened.add(case)
        opened.flush()
        ads = [_ad(opened, number, fields) for number in range(1, count + 1)]
        for ad in ads:
            assert case.id is not None
            assert ad.id is not None
            opened.add(tables.CaseLink(case_id=case.id, advertisement_id=ad.id, reasons=["cùng trang web"]))
        opened.commit()
        return [ad.id for ad in ads if ad.id is not None]


def _ad(opened: Session, number: int, fields: dict[str, str]) -> tables.Advertisement:
    text = fields.get("text", text_of(number))
    ad = tables.Advertisement(
        url=fields.get("url", f"http://comay.example/{number}") + (f"?{number}" if "url" in fields else ""),
        site="comay.example",
        source="nguồn mẫu",
        title=fields.get("title", f"Tin mẫu {number}"),
        text=text,
        main_end=len(text),
        text_sha256=f"{number:064d}",
        first_seen_at=SEEN,
        last_seen_at=SEEN,
    )
    opened.add(ad)
    opened.flush()
    assert ad.id is not None
    opened.add(
        tables.Assessment(
            advertisement_id=ad.id,
            classifier="test",
            version=VERSIONS[0],
            kind=TextKind.HEALTH_AD,
            kind_probability=0.98,
            domains={"service": 0.9},
            codes={"cure_guarantee": 0.95},
            risk=0.9 - number / 1000,
            shown_on=date(2026, 11, 20),
        )
    )
    quote = fields.get("quote", QUOTE)
    start = text.index(quote)
    opened.add(
        tables.Finding(
            advertisement_id=ad.id,
            stage=Stage.SCORE,
            version=VERSIONS[0],
            code=Code.CURE_GUARANTEE,
            method=Method.MODEL,
            probability=0.95,
            quote=quote,
            start_at=start,
            end_at=start + len(quote),
            reason=fields.get("reason", "hứa chữa khỏi"),
            shown_on=date(2026, 11, 20),
            provision_count=2,
            law=LAW,
        )
    )
    opened.add(
        tables.RegistryAnswer(
            advertisement_id=ad.id,
            query_id="q0",
            version=VERSIONS[1],
            kind=MentionKind.FACILITY,
            named=fields.get("named", "Phòng khám Cỏ Mây"),
            passage="",
            decision=Verdict.MATCHED,
            probability=0.97,
            record_name="PHÒNG KHÁM ĐA KHOA CỎ MÂY XANH",
            registry_id="F1",
            licence_no="0001/MAU-GPHD",
            exists=Answer.YES,
            in_force=Answer.NO,
            at_place=Answer.UNKNOWN,
            within_scope=Answer.UNKNOWN,
            reasons=["giấy phép hết hiệu lực ngày 01/02/2026"],
            as_of=date(2026, 11, 20),
            primary=True,
        )
    )
    return ad


def capture(engine: Engine, *, role: str, url: str, about: str, warc: str, place: tuple[int, int], sha256: str) -> int:
    """Store a capture row and return its number."""
    with Session(engine) as opened:
        row = tables.Capture(
            run_id="run-1",
            source="nguồn mẫu",
            url=url,
            captured_at=SEEN,
            outcome=Outcome.CAPTURED,
            status=200,
            warc=warc,
            warc_offset=place[0],
            warc_length=place[1],
            payload_sha256=sha256,
            seq=abs(hash((url, role, sha256))) % 10**6 + 1,
            entry_sha256=sha256 + role,
            role=role,
            about=about,
        )
        opened.add(row)
        opened.commit()
        assert row.id is not None
        return row.id

import csv
import dataclasses
import gzip
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from case_values import NOW, TODAY, absent, answer, band, citation, finding, lead, name, phone, site
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.dossier import render_csv, render_docx, render_html, render_json, render_table, render_text
from cases.linking import build_cases
from cases.priority import registry_phrase
from cases.registered import registered_once
from cases.sheet import MAX_DETAILED
from cases.triage import Decision
from cases.types import CaseRow, Dossier, Lead, RegistryAnswer
from cases.untrusted import BIDI, cell, clean, fit, width
from models.vocabulary import Answer, CaseStatus, Code, Verdict

NAMES = {
    Code.CURE_GUARANTEE: "Cam kết khỏi bệnh",
    Code.MISSING_CONFIRMATION_NUMBER: "Thiếu số giấy xác nhận",
}
HOSTILE = "Khỏi\x00 hẳn\x1b[31m \ud800\ufffe <script>alert(1)</script> \u202egpj.exe\u202c =HYPERLINK(1) {{ 7*7 }}"


def dossier(*leads: Lead, **changes: object) -> Dossier:
    given_leads = leads or (
        lead(
            1,
            phone("02800001111"),
            name("Phòng khám Mẫu Đơn"),
            findings=(finding(), absent()),
            registry=(answer(exists=Answer.YES, in_force=Answer.NO),),
        ),
        lead(2, phone("02800001111"), site("hai.example")),
    )
    draft = build_cases(given_leads, today=TODAY)[0]
    made = Dossier(
        case_id=7,
        subject=draft.subject,
        subject_kind=draft.subject_kind,
        status=CaseStatus.CONFIRMED,
        opened_at=NOW,
        leads=tuple(given_leads),
        priority=draft.priority,
        generated_at=datetime(2026, 11, 24, 20, 30, tzinfo=UTC),
        links=draft.links,
        history=(Decision(7, CaseStatus.NEW, CaseStatus.CONFIRMED, "Người đọc 1", NOW, "Trích dẫn rõ."),),
        notes=draft.notes,
        code_names=NAMES,
        registry_summary=draft.registry_summary,
        policy_version="1.0",
        classifier_version="rules 0.1",
        matcher_version="registry 0.1",
        registry_snapshot="01/11/2026",
        evidence_head_sha256="ef" * 32,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]  # keyword fields of the dataclass


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.style = False

    def handle_data(self, data: str) -> None:
        if not self.style:
            self.parts.append(data)


def parsed(page: str) -> _Text:
    reader = _Text()
    reader.feed(page)
    return reader


def page_text(made: Dossier) -> str:
    return " ".join("".join(parsed(render_html(made)).parts).split())


def word_text(made: Dossier) -> str:
    document = Document(io.BytesIO(render_docx(made)))
    texts = [element.text or "" for element in document.element.body.iter() if element.tag.endswith("}t")]
    return " ".join(" ".join(texts).split())


def plain_text(made: Dossier) -> str:
    return " ".join(render_text(made).split())


TEXTS = [page_text, word_text]


@cache
def usual(said: Callable[[Dossier], str]) -> str:
    """The usual dossier's text, rendered once."""
    return said(dossier())


@pytest.mark.parametrize("said", TEXTS)
@pytest.mark.parametrize(
    "needed",
    [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "HỒ SƠ DẤU HIỆU VI PHẠM QUẢNG CÁO",
        "ngày 25 tháng 11 năm 2026",  # 20:30 UTC on the 24th
        "chưa phải kết luận về hành vi vi phạm",
        "cam kết khỏi hẳn sau một liệu trình",
        "Đau khớp lâu năm",
        "https://mau.example/tin/1",
        "21/11/2026 01:05",
        "điểm c khoản 5 Điều 50, Nghị định 1/2026/NĐ-CP",
        "đã đối chiếu nguồn",
        "CHƯA KIỂM CHỨNG",
        "Từ 80.000.000 đồng đến 100.000.000 đồng",
        "Từ 160.000.000 đồng đến 200.000.000 đồng",
        "số giấy xác nhận nội dung quảng cáo",
        "Đã tìm tại: nội dung chính; chân trang.",
        "Cùng số điện thoại 02800001111 với tin quảng cáo số 1",
        "Giấy phép còn hiệu lực vào ngày quảng cáo",
        "Chưa thể kết luận",
        "ab" * 32,
        "cd" * 32,
        "ef" * 32,
        "medad evidence verify",
        "Thời hiệu xử phạt",
        "Trích dẫn rõ.",
        "rules 0.1",
        "Người đọc 1",
    ],
)
def test_a_dossier_says(said: Callable[[Dossier], str], needed: str) -> None:
    assert needed in usual(said)


@pytest.mark.parametrize("said", TEXTS)
def test_a_dossier_never_speaks_of_guilt(said: Callable[[Dossier], str]) -> None:
    text = said(dossier()).lower()
    for verdict in ("đã vi phạm", "có tội", "kẻ vi phạm", "đối tượng vi phạm", "bác sĩ giả", "lừa đảo"):
        assert verdict not in text
    assert "cần xác minh" in text


def test_the_quote_is_marked_and_only_the_quote() -> None:
    page = render_html(dossier())
    assert "(…) Đau khớp lâu năm, <mark>cam kết khỏi hẳn sau một liệu trình</mark>, không cần tái khám. (…)" in page


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    reader = parsed(render_html(dossier(lead(1, title=HOSTILE, findings=(finding(quote=HOSTILE),)))))
    assert {tag for tag, _ in reader.tags}.isdisjoint(
        {"script", "link", "img", "iframe", "object", "form", "a", "base"}
    )
    attributes = {key for _, attrs in reader.tags for key in attrs}
    assert not {key for key in attributes if key.startswith("on") or key in {"src", "href", "srcset"}}
    assert "url(" not in render_html(dossier())
    assert "@import" not in render_html(dossier())


@pytest.mark.parametrize("said", TEXTS)
def test_hostile_text_is_shown_as_text(said: Callable[[Dossier], str]) -> None:
    hostile = lead(1, title=HOSTILE, findings=(finding(quote=HOSTILE),))
    text = said(dossier(hostile, subject=HOSTILE))
    assert "<script>alert(1)</script>" in text
    assert "{{ 7*7 }}" in text
    assert not set(text) & (BIDI | {"\x00", "\x1b", "\ufffe", "\ud800"})


@given(st.text(st.characters(codec=None), max_size=40))
@settings(max_examples=12, deadline=None)
def test_no_text_can_break_a_file(text: str) -> None:
    broken = lead(1, phone("02800001111"), title=text, findings=(finding(quote=f"x{text}"),))
    made = dossier(broken, subject=text)
    render_html(made).encode()
    render_json(made).encode()
    render_csv(made).encode()
    render_text(made).encode()
    assert word_text(made)


def test_json_keeps_every_character_and_can_be_written() -> None:
    made = dossier(lead(1, title=HOSTILE))
    written = render_json(made).encode("utf-8")
    assert b"\x00" not in written
    assert "\u202e" not in written.decode()
    back = json.loads(written)
    assert back["leads"][0]["title"] == HOSTILE
    assert back["status"] == "confirmed"
    assert back["code_names"]["cure_guarantee"] == "Cam kết khỏi bệnh"
    assert back["leads"][0]["findings"][0]["penalty"]["individual"] == [80_000_000, 100_000_000]


@pytest.mark.parametrize(
    "value", ["=1+1", "+84900000000", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "\u200e=1", "\x00=1"]
)
def test_no_cell_is_a_formula(value: str) -> None:
    assert cell(value).startswith("'")
    made = dossier(lead(1, findings=(finding(quote=value),)), subject=value)
    rows = list(csv.reader(io.StringIO(render_csv(made).removeprefix("\ufeff"))))
    assert not [shown for row in rows for shown in row if shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_the_list_has_one_line_per_finding_under_a_vietnamese_head() -> None:
    written = render_csv(dossier(), dossier(case_id=8))
    assert written.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff"))))
    assert [row["Vụ việc số"] for row in rows] == ["7", "7", "7", "8", "8", "8"]
    assert rows[0]["Dấu hiệu"] == "Cam kết khỏi bệnh"
    assert rows[1]["Khung phạt tổ chức"] == "từ 20.000.000 đồng đến 60.000.000 đồng"
    assert rows[1]["Tình trạng kiểm chứng mức phạt"] == "CHƯA KIỂM CHỨNG"


def test_ordinary_words_stay_as_they_are_in_a_cell() -> None:
    assert cell("Giảm 50% = rẻ") == "Giảm 50% = rẻ"


@pytest.mark.parametrize("said", TEXTS)
def test_what_is_unknown_is_said_to_be(said: Callable[[Dossier], str]) -> None:
    bare = dataclasses.replace(finding(), provisions=(), penalty=None)
    nothing = dataclasses.replace(lead(1, findings=(bare,)), evidence=())
    text = said(dossier(nothing, history=(), agency="", evidence_head_sha256=""))
    assert "Chưa có điều khoản tương ứng trong bộ chính sách vào ngày quảng cáo" in text
    assert "Chưa có dữ liệu trong bộ chính sách" in text
    assert "Chưa có quyết định nào" in text
    assert "Chưa có bản lưu" in text
    assert "Chưa đối chiếu được với dữ liệu cấp phép" in text
    assert "Mã băm của dòng cuối" not in text
    assert "…………………………" in text


@pytest.mark.parametrize("said", TEXTS)
def test_half_known_fines_are_not_invented(said: Callable[[Dossier], str]) -> None:
    half = dataclasses.replace(band(), organisation=None, usual_individual=None)
    text = said(dossier(lead(1, findings=(finding(penalty=half),))))
    assert "Đối với tổ chức Chưa có dữ liệu" in " ".join(text.split()) or "Đối với tổ chứcChưa có dữ liệu" in text


def test_an_ambiguous_name_is_never_called_licensed() -> None:
    made = dossier(lead(1, registry=(answer(Verdict.AMBIGUOUS),)))
    text = page_text(made)
    assert "Có nhiều hồ sơ cấp phép cùng phù hợp, chưa thể kết luận" in text
    assert "Số giấy phép" not in text


def test_a_large_case_is_cut_and_says_so() -> None:
    leads = [lead(number, phone("02800001111")) for number in range(1, MAX_DETAILED + 6)]
    text = page_text(dossier(*leads))
    assert f"{MAX_DETAILED} tin có dấu hiệu rõ và nghiêm trọng nhất; 5 tin còn lại" in text
    assert f"https://mau.example/tin/{MAX_DETAILED + 5}" in text


@pytest.mark.parametrize("said", TEXTS)
def test_a_title_that_holds_a_whole_page_is_cut(said: Callable[[Dossier], str]) -> None:
    text = said(dossier(lead(1, phone("02800001111"), name("Mẫu"), title="khỏi " * 2000)))
    assert text.count("khỏi") < 200
    assert "khỏi khỏi…" in text


def test_the_gravest_advertisement_comes_first() -> None:
    mild = lead(1, phone("02800001111"), title="Tin nhẹ", findings=(finding(Code.ABSOLUTE_CLAIM, 0.7),))
    grave = lead(2, phone("02800001111"), title="Tin nặng")
    text = page_text(dossier(mild, grave))
    assert text.index("1. Tin nặng") < text.index("2. Tin nhẹ")


def test_the_word_file_is_a4_with_page_numbers_and_a_repeated_head() -> None:
    written = render_docx(dossier())
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        body = archive.read("word/document.xml").decode()
        footer = archive.read("word/footer1.xml").decode()
        styles = archive.read("word/styles.xml").decode()
    assert 'w:instr="PAGE"' in footer
    assert 'w:instr="NUMPAGES"' in footer
    assert "<w:tblHeader/>" in body
    assert 'w:val="vi-VN"' in styles
    section = Document(io.BytesIO(written)).sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)


def _response(body: bytes) -> bytes:
    """One compressed WARC response record, as the format wants it."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    head = f"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: {len(http)}\r\n\r\n".encode()
    return gzip.compress(head + http + b"\r\n\r\n")


def test_the_command_in_the_dossier_finds_the_hash_in_the_dossier(tmp_path: Path) -> None:
    body = b"\x1f\x8b binary \r\n\r\n with blank lines \n\n and no line end"
    warc = tmp_path / "mau 1.warc.gz"
    before, record = _response(b"khac"), _response(body)
    warc.write_bytes(before + record + _response(b"sau"))
    digest = hashlib.sha256(body).hexdigest()
    reference = dataclasses.replace(
        lead(1).evidence[0], warc=warc.name, offset=len(before), length=len(record), payload_sha256=digest
    )
    page = parsed(render_html(dossier(dataclasses.replace(lead(1), evidence=(reference,)))))
    command = next(part for part in page.parts if part.startswith("tail "))
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603, S607  # the command under test
    assert ran.stdout.split()[0] == digest


def test_a_hostile_file_name_stays_one_word_of_the_command() -> None:
    reference = dataclasses.replace(lead(1).evidence[0], warc="a'; rm -rf ~; '.warc.gz", length=10)
    page = parsed(render_html(dossier(dataclasses.replace(lead(1), evidence=(reference,)))))
    command = next(part for part in page.parts if part.startswith("tail "))
    assert "'a'\\''; rm -rf ~; '\\''.warc.gz'" in command


def test_the_terminal_shows_the_quote_the_law_and_the_reasons_and_nothing_hostile() -> None:
    text = plain_text(dossier())
    for needed in (
        "Đau khớp lâu năm, «cam kết khỏi hẳn sau một liệu trình», không cần tái khám",
        "chưa phải kết luận về hành vi vi phạm",
        "Điều 50, Nghị định 1/2026/NĐ-CP (CHƯA KIỂM CHỨNG)",
        "Đối với tổ chức: Từ 160.000.000 đồng đến 200.000.000 đồng",
        "Cùng số điện thoại 02800001111 với tin quảng cáo số 1.",
        "Chưa tìm thấy: số giấy xác nhận nội dung quảng cáo. Đã tìm tại: nội dung chính; chân trang.",
        "Giấy phép còn hiệu lực vào ngày quảng cáo Không",
    ):
        assert needed in text
    hostile = render_text(dossier(lead(1, title=HOSTILE, findings=(finding(quote=HOSTILE),)), subject=HOSTILE))
    assert not set(hostile) & (BIDI | {"\x00", "\x1b"})
    address = next(shown for shown in render_text(dossier(), columns=30).splitlines() if "https://" in shown)
    assert address.endswith("https://mau.example/tin/1")


def test_the_table_is_aligned_by_what_a_terminal_shows() -> None:
    decomposed = "Nha khoa Ma\u0302\u0303u"
    rows = [
        CaseRow(1, decomposed, CaseStatus.NEW, 0.9, 3, (Code.CURE_GUARANTEE,), "chưa đối chiếu"),
        CaseRow(12, "日本 Spa \u202eẩn", CaseStatus.IN_TRIAGE, 0.25, 1, (Code.ABSOLUTE_CLAIM,), "phù hợp"),
    ]
    lines = render_table(rows, NAMES, columns=120).splitlines()
    heads = [
        width(each[: each.index(word)])
        for each, word in zip((lines[0], lines[2], lines[3]), ("Chủ", "Nha", "日"), strict=True)
    ]
    assert len(set(heads)) == 1
    assert "0,90" in lines[2]
    assert "absolute_claim" in lines[3]  # no Vietnamese name was given: the code is better than nothing
    assert "\u202e" not in lines[3]


def test_the_table_gives_way_to_a_narrow_terminal_and_says_when_it_is_empty() -> None:
    row = CaseRow(1, "Phòng khám " * 20, CaseStatus.NEW, 0.9, 3, tuple(Code), "giấy phép " * 20)
    assert max(map(width, render_table([row], columns=100).splitlines())) <= 100
    assert render_table([]) == "Chưa có vụ việc nào.\n"


@given(st.text(max_size=30), st.integers(1, 20))
def test_fit_takes_exactly_its_columns(text: str, columns: int) -> None:
    assert width(fit(clean(text).replace("\n", " ").replace("\t", " "), columns)) == columns


def test_citations_say_article_and_instrument_once() -> None:
    short = dataclasses.replace(citation(), text="50 k5 điểm c")
    text = page_text(dossier(lead(1, findings=(dataclasses.replace(finding(), provisions=(short,)),))))
    assert "Điều 50 k5 điểm c, Nghị định 1/2026/NĐ-CP (đã đối chiếu nguồn)" in text


def test_a_person_whom_two_advertisements_name_stands_once_with_what_each_says() -> None:
    here = dataclasses.replace(answer(at_place=Answer.YES, in_force=Answer.UNKNOWN), named="BS. Hà Minh Trí")
    there = dataclasses.replace(here, named="Dr Trí", at_place=Answer.NO)
    leads = [dataclasses.replace(lead(n, phone("02800001111")), registry=(a,)) for n, a in ((1, here), (2, there))]
    found = registered_once(list(enumerate(leads, start=1)))
    assert len(found) == 1
    assert found[0].named.endswith("“BS. Hà Minh Trí”, “Dr Trí”")
    facts = dict(found[0].facts)
    assert facts["Đúng địa điểm, cơ sở nêu trong quảng cáo"] == "Không (tin số 2); Có (tin số 1)"
    assert facts["Giấy phép còn hiệu lực vào ngày quảng cáo"] == "Chưa thể kết luận"


def test_a_confirmation_number_is_told_in_its_own_words_and_is_no_licence() -> None:
    number = RegistryAnswer(
        kind="confirmation_no",
        named="1043/2025/XNQC-ATTP",
        decision=Verdict.MATCHED,
        record_name="Thực phẩm bảo vệ sức khỏe Khớp Mẫu",
        licence_no="1043/2025/XNQC-ATTP",
        probability=0.85,
        exists=Answer.YES,
        in_force=Answer.YES,
        within_scope=Answer.NO,
        reasons=("Số này cấp cho «Khớp Mẫu»; quảng cáo nói về «Trà Mẫu».",),
    )
    one = dataclasses.replace(lead(1, phone("02800001111")), registry=(number,))
    (found,) = registered_once([(1, one)])
    assert found.named.startswith("Số giấy xác nhận nêu trong quảng cáo")
    assert found.answer == "Có trong dữ liệu đã nhập"
    assert dict(found.facts) == {
        "Số có trong dữ liệu giấy xác nhận": "Có",
        "Đã cấp và còn hiệu lực vào ngày quảng cáo": "Có",
        "Cấp cho đúng sản phẩm, dịch vụ trong quảng cáo": "Không",
    }
    assert dict(found.details)["Sản phẩm, dịch vụ được xác nhận"] == "Thực phẩm bảo vệ sức khỏe Khớp Mẫu"
    absent = dataclasses.replace(number, decision=Verdict.NOT_FOUND, exists=Answer.NO)
    (gone,) = registered_once([(1, dataclasses.replace(one, registry=(absent,)))])
    assert gone.answer == "Chưa tìm thấy trong dữ liệu đã nhập"
    assert registry_phrase([one]) == "chưa đối chiếu dữ liệu cấp phép"


@pytest.mark.parametrize("said", TEXTS)
def test_an_import_without_address_tells_its_origin_instead(said: Callable[[Dossier], str]) -> None:
    one = lead(1, phone("02800001111"), name("Phòng khám Mẫu Đơn"), title="")
    assert "Xuất xứ" not in said(dossier(one))
    origin = "Ảnh chụp màn hình «mau.png»; chữ do máy đọc từ ảnh (OCR), độ tin cậy trung bình 90%"
    text = said(dossier(dataclasses.replace(one, url="urn:medad:import:images:mau.png", origin=origin)))
    words = " ".join(text.split())
    assert "Xuất xứ" in words
    assert "độ tin cậy trung bình 90%" in words
    assert "Không có địa chỉ trên mạng (mã lưu khi nhập: images:mau.png)" in words
    assert "urn:medad" not in words

"""Reading on the screen, without script: answers, reasons, marks, blind reading, adjudication; cases and exports."""

import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from screen_person import Person
from screen_rows import QUOTE, account, capture, text_of, world
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, col, select

from models import tables
from models.vocabulary import Code, Queue, ReadingOutcome, Role
from pipeline.citizens import masked, struck
from review.marking import find_quote, pieces, shown, spans_of

People = Callable[[Role], Person]


@pytest.fixture(autouse=True)
def every_answer_is_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAD_SECOND_SHARE", "1")


def _readings(engine: Engine) -> list[tables.Reading]:
    with Session(engine) as opened:
        return list(opened.exec(select(tables.Reading).order_by(col(tables.Reading.id))))


def _shown(page: str) -> int:
    found = re.search(r"Tin số (\d+)", page)
    assert found, page[:2000]
    return int(found[1])


def _fields(page: str) -> dict[str, list[str] | str]:
    """The form as a browser would send it: hidden fields, and boxes that are ticked."""
    form = page[page.index('<form id="answer"') :]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
    ticked: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)" checked', form):
        ticked.setdefault(name, []).append(value)
    return {**hidden, **ticked}


def test_an_answer_is_stored_with_its_quotes_and_the_next_is_shown(engine: Engine, people: People) -> None:
    world(engine, 3)
    person = people(Role.REVIEWER)
    page = person.get("/read/priority").text
    first = _shown(page)
    answer = person.post(f"/ads/{first}/answer", {**_fields(page), "outcome": "confirmed"})
    assert answer.headers["location"] == f"/read/priority?done={first}&outcome=confirmed"
    following = person.get(answer.headers["location"]).text
    assert _shown(following) != first
    assert f"Tin số {first}: xác nhận có dấu hiệu" in following
    row = _readings(engine)[-1]
    start = text_of(first).index(QUOTE)
    assert row.outcome is ReadingOutcome.CONFIRMED
    assert row.codes == {"cure_guarantee": [[start, start + len(QUOTE)]]}


def test_refusing_a_sure_sign_needs_a_reason_and_keeps_what_was_typed(engine: Engine, people: People) -> None:
    world(engine, 1)
    person = people(Role.REVIEWER)
    page = person.get("/read/priority").text
    fields = {**_fields(page), "domain": ["drug"], "outcome": "rejected"}
    refused = person.post("/ads/1/answer", fields)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert 'name="domain" value="drug" checked' in refused.text
    assert not _readings(engine)
    assert person.post("/ads/1/answer", {**fields, "reason": "trích từ câu hỏi của bệnh nhân"}).status_code == 303
    assert _readings(engine)[-1].codes == {}


def test_a_quote_can_be_typed_where_there_is_no_script(engine: Engine, people: People) -> None:
    world(engine, 1)
    person = people(Role.REVIEWER)
    fields = {**_fields(person.get("/read/priority").text), "outcome": "confirmed"}
    lost = person.post("/ads/1/answer", {**fields, "quote_text": "không có ở đây", "quote_code": "absolute_claim"})
    assert lost.status_code == 422
    quote = {"quote_text": "không  tái\r\nphát", "quote_code": Code.ABSOLUTE_CLAIM.value}
    assert person.post("/ads/1/answer", {**fields, **quote}).status_code == 303
    start, end = _readings(engine)[-1].codes["absolute_claim"][0]
    assert text_of(1)[start:end] == "không tái phát"


def test_undo_brings_the_advertisement_back(engine: Engine, people: People) -> None:
    world(engine, 2)
    person = people(Role.REVIEWER)
    page = person.get("/read/priority").text
    person.post(f"/ads/{_shown(page)}/answer", {**_fields(page), "outcome": "skipped"})
    back = person.post("/undo", {"queue": "priority"})
    again = person.get(back.headers["location"]).text
    assert _shown(again) == _shown(page)
    assert "Đã hoàn tác" in again
    assert _readings(engine)[-1].outcome is ReadingOutcome.UNDONE


def test_blind_reading_shows_nothing_of_the_machine_before_the_answer(engine: Engine, people: People) -> None:
    world(engine, 2)
    person = people(Role.REVIEWER)
    page = person.get("/read/priority?blind=1").text
    assert "<mark" not in page
    assert "95%" not in page
    assert "hứa chữa khỏi" not in page
    answer = person.post(
        f"/ads/{_shown(page)}/answer",
        {**_fields(page), "quote_text": "không tái phát", "quote_code": "absolute_claim", "outcome": "confirmed"},
    )
    assert answer.status_code == 303, re.findall(r'role="alert"[^<]*<', answer.text) or answer.text[-3000:]
    after = person.get(answer.headers["location"]).text
    assert "So với máy" in after
    assert QUOTE in after
    assert "95%" in after, after
    assert _readings(engine)[-1].blind


def test_two_readers_differ_and_a_third_settles_it(
    engine: Engine, people: People, screen: Callable[[], Person]
) -> None:
    world(engine, 1)
    account(engine, "hai", Role.REVIEWER)
    first, second, third = people(Role.REVIEWER), screen(), people(Role.INSPECTOR)
    second.sign_in("hai")
    page = first.get("/read/priority").text
    assert first.post("/ads/1/answer", {**_fields(page), "outcome": "confirmed"}).status_code == 303
    page = second.get("/read/second?blind=1").text
    assert "reviewer-1" not in page[page.index("<main") :]
    refused = {**_fields(page), "outcome": "rejected", "reason": "chưa đủ căn cứ"}
    assert second.post("/ads/1/answer", refused).status_code == 303
    page = third.get("/adjudicate").text
    assert "reviewer-1" in page
    assert "chưa đủ căn cứ" in page
    readings = re.findall(r'name="take" value="(\d+)"', page)
    assert len(readings) == 2
    without = third.post("/adjudicate/1", {**_fields(page), "take": readings[0]})
    assert (without.status_code, "lý do" in without.text) == (422, True)
    done = third.post("/adjudicate/1", {**_fields(page), "take": readings[0], "reason": "câu trích nêu rõ cam kết"})
    assert done.status_code == 303
    row = _readings(engine)[-1]
    assert (row.queue, row.outcome, row.reader) == (Queue.DISAGREEMENT, ReadingOutcome.CONFIRMED, "inspector-1")
    assert list(row.codes) == ["cure_guarantee"]


def test_an_advertisement_that_another_reads_is_not_given_away(
    engine: Engine, people: People, screen: Callable[[], Person]
) -> None:
    world(engine, 1)
    account(engine, "hai", Role.REVIEWER)
    other = screen()
    other.sign_in("hai")
    people(Role.REVIEWER).get("/read/priority")
    assert "không còn tin" in other.get("/read/priority").text
    assert "đang do reviewer-1 đọc" in other.get("/ads/1").text
    assert other.post("/ads/1/hold").status_code == 409
    assert people(Role.REVIEWER).post("/ads/1/hold").status_code == 204


def test_every_view_and_export_is_written_down(engine: Engine, people: People) -> None:
    world(engine, 1)
    person = people(Role.INSPECTOR)
    for path in ("/read/priority", "/cases/1", "/cases/1/dossier/json"):
        assert person.get(path).status_code == 200
    with Session(engine) as opened:
        rows = {(r.action, r.subject_kind, r.subject_id) for r in opened.exec(select(tables.AccessRecord))}
    assert {("view_ad", "advertisement", "1"), ("view_case", "case", "1"), ("export_dossier", "case", "1")} <= rows


@pytest.mark.parametrize("form", ["docx", "html", "json", "csv"])
def test_a_dossier_is_saved_and_never_shown(form: str, engine: Engine, people: People) -> None:
    world(engine, 1, title='<b>"../../x')
    answer = people(Role.INSPECTOR).get(f"/cases/1/dossier/{form}")
    assert answer.headers["content-disposition"] == f'attachment; filename="vu-viec-1.{form}"'
    assert answer.headers["content-security-policy"] == "sandbox"
    assert len(answer.content) > 200


def test_a_download_holds_the_screenshot_of_the_page(engine: Engine, people: People, tmp_path: Path) -> None:
    world(engine, 1)
    out = io.BytesIO()
    Image.new("RGB", (320, 900), "white").save(out, "PNG")
    (tmp_path / "evidence").mkdir()
    (place,) = _warc(tmp_path / "evidence" / "a.warc.gz", [out.getvalue()])
    digest = hashlib.sha256(out.getvalue()).hexdigest()
    person = people(Role.INSPECTOR)
    assert "<figure>" not in person.get("/cases/1/dossier/html").text
    capture(
        engine,
        role="screenshot",
        url="x:1",
        about="http://comay.example/1",
        warc="a.warc.gz",
        place=place,
        sha256=digest,
    )
    assert digest in person.get("/cases/1/dossier/html").text
    assert person.last.text.count("<figure>") == 1


def test_an_imported_advertisement_tells_where_it_comes_from(engine: Engine, people: People) -> None:
    world(engine, 1)
    told = {"file": "<b>mau.png", "ocr_confidence": 0.87}
    changed = {"channel": "images", "url": "urn:medad:import:images:mau.png", "details": told}
    with Session(engine) as opened:
        opened.execute(update(tables.Advertisement).values(**changed))
        opened.commit()
    person = people(Role.INSPECTOR)
    for path in ("/read/priority", "/read/priority?blind=1", "/cases/1"):
        page = person.get(path).text
        assert "Ảnh chụp màn hình «&lt;b&gt;mau.png»" in page, path
        assert "độ tin cậy trung bình 87%" in page, path
        assert "Không có địa chỉ trên mạng (mã lưu khi nhập: images:mau.png)" in page, path
        assert "urn:medad" not in page, path


def test_an_inspector_draws_a_random_sample(engine: Engine, people: People) -> None:
    world(engine, 3)
    assert "Rút mẫu" not in people(Role.REVIEWER).get("/").text
    person = people(Role.INSPECTOR)
    assert 'action="/audit"' in person.get("/").text
    refused = person.post("/audit", {"size": "2"})
    assert refused.status_code >= 400
    assert "để lấy mẫu" in refused.text
    with Session(engine) as opened:
        opened.execute(delete(tables.Finding).where(col(tables.Finding.advertisement_id) != 1))
        opened.commit()
    for size in ("0", "5001", "x", ""):
        assert person.post("/audit", {"size": size}).status_code >= 400
    assert person.post("/audit", {"size": "1"}).headers["location"] == "/?drawn=1"
    with Session(engine) as opened:
        sample = opened.exec(select(tables.AuditSample)).one()
    assert (sample.size, sample.population, sample.drawn_by) == (1, 2, "inspector-1")
    page = people(Role.ADMIN).get("/access").text
    assert "rút mẫu kiểm tra ngẫu nhiên" in page
    assert "mẫu kiểm tra số 1" in page


def test_steps_of_a_case(engine: Engine, people: People) -> None:
    world(engine, 2)
    person = people(Role.INSPECTOR)
    assert person.post("/cases/1/move", {"to": "confirmed", "why": "đủ dấu hiệu"}).status_code == 303
    refused = person.post("/cases/1/move", {"to": "dismissed"})
    assert (refused.status_code, "Bước này cần nêu lý do" in refused.text) == (422, True)
    assert "cannot" not in refused.text
    assert person.post("/cases/1/assign", {"who": "Tổ thanh tra 1"}).status_code == 303
    assert person.post("/cases/1/note", {"text": "đã gọi điện"}).status_code == 303
    assert person.post("/cases/1/takedown", {"addressee": "chủ trang web"}).status_code == 303
    page = person.get("/cases/1").text
    for words in ("Tổ thanh tra 1", "đã gọi điện", "chủ trang web", "Đã phân công"):
        assert words in page, words
    assert person.post("/cases/1/split", {"ad": "2"}).status_code == 303
    assert person.get("/cases/2").status_code == 200
    assert "Đã phân công" in person.get("/cases?assignee=T%E1%BB%95%20thanh%20tra%201").text


def test_who_reported_is_shown_by_role(engine: Engine, people: People) -> None:
    world(engine, 1)
    with Session(engine) as opened:
        report = tables.Report(
            run_id="run-1",
            received_on=tables.now().date(),
            content="Gọi tôi số 0900 000 123 hoặc mau@thu.example",
            content_sha256="1" * 64,
            case_id=1,
        )
        opened.add(report)
        opened.flush()
        assert report.id is not None
        opened.add(tables.Reporter(report_id=report.id, name="Trần Thị Mẫu", phone="0900 000 123", email="m@t.example"))
        opened.commit()
    reviewer, inspector, admin = (people(role).get("/cases/1").text for role in Role)
    assert "Trần Thị Mẫu" not in reviewer
    assert "0900 000 123" not in reviewer
    assert "mau@thu.example" not in reviewer
    assert "Trần Thị Mẫu" not in inspector
    assert "T*** T*** M***" in inspector
    assert "Trần Thị Mẫu" in admin
    with Session(engine) as opened:
        seen = {(r.who, r.action) for r in opened.exec(select(tables.AccessRecord))}
    assert ("admin-1", "view_reporter") in seen
    assert ("reviewer-1", "view_reporter") not in seen


def test_masking() -> None:
    assert masked("0900 000 123") == "*** *** 123"
    assert masked("Trần Thị Mẫu") == "T*** T*** M***"
    assert struck("số +84 900 000 123 và a.b@c.example") == "số [đã che] và [đã che]"
    assert struck("giá 1.200.000 đồng, giấy phép 0001/MAU") == "giá 1.200.000 đồng, giấy phép 0001/MAU"


def test_a_screenshot_comes_out_of_the_evidence_and_nothing_else_does(
    engine: Engine, people: People, tmp_path: Path
) -> None:
    world(engine, 1)
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 50
    page = b"<script>alert(1)</script>"
    folder = tmp_path / "evidence"
    folder.mkdir()
    places = _warc(folder / "a.warc.gz", [picture, page])
    sums = [hashlib.sha256(body).hexdigest() for body in (picture, page)]

    def add(role: str, at: int, digest: str, warc: str = "a.warc.gz") -> int:
        return capture(
            engine, role=role, url=f"x:{role}{at}", about="http://a.example", warc=warc, place=places[at], sha256=digest
        )

    good, html, lying, altered, outside = (
        add("screenshot", 0, sums[0]),
        add("page", 1, sums[1]),
        add("screenshot", 1, sums[1]),
        add("screenshot", 0, sums[1] + "x"),
        add("screenshot", 0, sums[0] + "y", "../evidence/a.warc.gz"),
    )
    person = people(Role.REVIEWER)
    answer = person.get(f"/screenshots/{good}")
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/png", picture)
    assert "sandbox" in answer.headers["content-security-policy"]
    assert [person.get(f"/screenshots/{number}").status_code for number in (html, lying, altered, outside, 999)] == [
        404
    ] * 5


def _warc(path: Path, bodies: list[bytes]) -> list[tuple[int, int]]:
    from io import BytesIO

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    places = []
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for body in bodies:
            start = file.tell()
            headers = StatusAndHeaders("200 OK", [("Content-Type", "image/png")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                "http://a.example/", "response", payload=BytesIO(body), http_headers=headers
            )
            writer.write_record(record)
            record.raw_stream.close()
            places.append((start, file.tell() - start))
    return places


# ── the text ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_character_moves_when_text_is_made_safe() -> None:
    text = "a\r\nb\x00c\u202ed\ud800e🌿\tf"
    safe = shown(text)
    assert len(safe) == len(text)
    assert safe == "a \nb\ufffdc\ufffdd\ufffde🌿\tf"


def test_pieces_are_the_whole_text_and_carry_overlapping_marks() -> None:
    from review.marking import Mark

    marks = [Mark(2, 6, 1, "một"), Mark(4, 8, 2, "hai"), Mark(9, 99, 3, "ngoài")]
    found = pieces("0123456789", marks, 5)
    assert "".join(piece.text for piece in found) == "0123456789"
    assert [(p.start, [m.number for m in p.marks], p.footer) for p in found] == [
        (0, [], False),
        (2, [1], False),
        (4, [1, 2], False),
        (5, [1, 2], True),
        (6, [2], True),
        (8, [], True),
    ]


def test_quotes_are_found_whatever_the_spaces_are() -> None:
    text = "Cam kết\n  khỏi hẳn. Cam kết khỏi ngay."
    assert find_quote(text, "Cam kết khỏi hẳn") == (0, 18)
    assert find_quote(text, "Cam kết khỏi ngay") == (20, 37)
    assert find_quote(text, "cam kết") is None
    assert find_quote(text, "  ") is None


def test_spans_out_of_a_form_are_ours_or_left_out() -> None:
    known = {"cure_guarantee": 1}
    odd = ["cure_guarantee:1:5", "x:1:2", "cure_guarantee:-1:5", "cure_guarantee:1", "cure_guarantee:٣:5", ""]
    assert spans_of(odd, known) == {"cure_guarantee": [(1, 5)]}

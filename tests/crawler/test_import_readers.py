"""Readers of imported files: rows to items and rejects; whatever is wrong with a row costs that row and no other."""

import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from import_files import other_tools_warc

from crawler.imports.archives import warc_items
from crawler.imports.cells import day_of, text_of
from crawler.imports.columns import AD_FIELDS, parse_map
from crawler.imports.items import ImportFormat, Item, Reject, address_of
from crawler.imports.meta import meta_items, meta_page
from crawler.imports.records import csv_items, jsonl_items, record_page
from crawler.imports.reports import MAX_REPORT, ReportRow, read_reports
from crawler.items import Page
from models.errors import InputError

TODAY = date(2026, 11, 24)
HEADER = "Mã bài;Nội dung bài đăng;Đường dẫn;Ngày đăng;Tên trang"
ROW = "b1;Cam kết khỏi hẳn viêm xoang sau 10 ngày.;https://vi-du.example/b1;03/11/2026;Đông y Lá Bàng"


def taken(found: list[Item | Reject]) -> list[Item]:
    return [each for each in found if isinstance(each, Item)]


def refused(found: list[Item | Reject]) -> list[tuple[int, str]]:
    return [(each.row, each.reason) for each in found if isinstance(each, Reject)]


def page_of(item: Item) -> Page:
    columns = {field: tuple(names) for field, names in item.more["columns"].items()}
    return record_page(item.url, json.loads(item.body), columns)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
def test_a_table_is_read_in_every_usual_encoding(encoding: str) -> None:
    text = f"{HEADER}\n{ROW}\n"
    if encoding == "cp1258":
        text = "".join(map(_cp1258, text))
    page = page_of(taken(list(csv_items(text.encode(encoding), {})))[0])
    assert page.text == "Cam kết khỏi hẳn viêm xoang sau 10 ngày.\n\nĐông y Lá Bàng"
    assert page.text[: page.main_end] == "Cam kết khỏi hẳn viêm xoang sau 10 ngày."
    assert (page.published_on, page.title) == (date(2026, 11, 3), "Đông y Lá Bàng")


def _cp1258(letter: str) -> str:
    """Spell one letter with what Windows-1258 has: a base letter and one mark."""
    try:
        letter.encode("cp1258")
    except UnicodeEncodeError:
        base, *marks = list(unicodedata.normalize("NFD", letter))
        tone = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
        shape = [mark for mark in marks if mark not in tone]
        return unicodedata.normalize("NFC", base + "".join(shape)) + "".join(tone)
    return letter


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_below_titles(mark: str) -> None:
    rows = [["id", "text", "url"], ["1", "Hết đau, khỏi bệnh; không tái phát", ""], ["2", "Uống là hết", ""]]
    lines = [mark.join(f'"{cell}"' for cell in row) for row in rows]
    found = list(csv_items(("Danh sách quảng cáo\n\n" + "\n".join(lines)).encode(), {}))
    assert [(item.row, item.id) for item in taken(found)] == [(4, "1"), (5, "2")]
    assert page_of(taken(found)[0]).text == "Hết đau, khỏi bệnh; không tái phát"


def test_bad_rows_are_named_and_the_others_taken() -> None:
    long = "x" * 300_001
    text = (
        f'id,text\n1,"Đẹp da\nngay"\n2,\n3,a,b,c\n4,{long}\n5,NUL\x00 được bỏ\n6,"mở mà không đóng\n' + "dòng\n" * 500
    )
    found = list(csv_items(text.encode(), {}))
    assert [item.id for item in taken(found)] == ["1", "5"]
    assert [row for row, _ in refused(found)] == [4, 5, 6, 8]
    assert "ngoặc kép" in refused(found)[-1][1]


def test_a_table_without_a_text_names_its_columns_and_the_remedy() -> None:
    with pytest.raises(InputError, match=r"columns seen: Cột A, Cột B.*--map"):
        list(csv_items("Cột A,Cột B\n1,2\n".encode(), {}))


def test_columns_are_named_by_the_user_and_joined() -> None:
    given = parse_map(["text=Phần 1", "text=Phần 2", "id=STT"], AD_FIELDS)
    found = taken(list(csv_items("STT,Phần 1,Phần 2,text\n9,Một,Hai,bỏ\n".encode(), given)))
    assert (found[0].id, page_of(found[0]).text) == ("9", "Một\nHai")
    assert page_of(found[0]).details["other"] == {"text": "bỏ"}


@pytest.mark.parametrize("wrong", ["text", "=x", "text=", "words=x"])
def test_a_wrong_map_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="The fields are: id, text"):
        parse_map([wrong], AD_FIELDS)


def test_json_lines_reach_into_objects_and_refuse_what_is_no_object() -> None:
    lines = ['{"post": {"body": "Cam kết khỏi"}, "id": 7}', "[1]", "{", '{"post": {}}', '{"id": NaN}', '"x"', ""]
    found = list(jsonl_items("\n".join(lines).encode(), {"text": ("post.body",)}))
    item = taken(found)[0]
    assert (item.id, item.body) == ("7", lines[0].encode())
    assert [row for row, _ in refused(found)] == [2, 3, 4, 5, 6]


def test_the_same_object_in_another_order_is_the_same_version() -> None:
    one, two, three = taken(
        list(jsonl_items(b'{"id":"1","text":"a"}\n{"text":"a", "id":"1"}\n{"id":"1","text":"b"}\n', {}))
    )
    assert one.version == two.version != three.version


def test_hostile_json_costs_its_line() -> None:
    deep = '{"text":"a","x":' + "[" * 100_000 + "]" * 100_000 + "}"
    nested = '{"text":"sâu","x":' + "[" * 600 + "]" * 600 + "}"
    digits = '{"text":"a","x":' + "9" * 5_000 + "}"
    lines = [deep, digits, '{"text":"n\\u0000ul \\ud800", "x": 1e999}', nested]
    found = list(jsonl_items("\n".join(lines).encode(), {}))
    assert [row for row, _ in refused(found)] == [1, 2]
    page = page_of(taken(found)[0])
    assert page.text == "nul ?"
    json.dumps(page.details, allow_nan=False)


def test_addresses_are_real_or_our_own_names() -> None:
    form = ImportFormat.CSV
    assert address_of("HTTPS://Vi-Du.example/a?utm_source=x#b", form, "1") == "https://vi-du.example/a"
    assert address_of("www.vi-du.example", form, "1") == "https://www.vi-du.example/"
    for unreal in ("javascript:alert(1)", "file:///etc/passwd", "", None, "không có", "http://[", "ftp://x.example/"):
        assert address_of(unreal, form, "bài 1/2") == "urn:medad:import:csv:b%C3%A0i%201%2F2"
    assert len(address_of("", form, "é" * 300)) < 120


def test_days_are_read_as_in_vietnam() -> None:
    assert day_of("05/11/2026") == day_of("2026-11-05T23:30:00+0000") == day_of("5.11.2026") == date(2026, 11, 5)
    assert day_of(1_793_836_800) == day_of("1793836800000") == date(2026, 11, 5)
    assert [day_of(text) for text in ("31/02/2026", "hôm qua", "", None, True, 1e300)] == [None] * 6


# ── Meta's Ad Library ───────────────────────────────────────────────────────────────────────────────────────────────

AD: dict[str, object] = {
    "id": "1001",
    "page_id": "77",
    "page_name": "Nha khoa Hạt Dẻ",
    "bylines": "Công ty Hạt Dẻ",
    "ad_creative_bodies": ["Niềng răng không đau.", "Niềng răng không đau."],
    "ad_creative_link_titles": ["Đặt lịch"],
    "ad_delivery_start_time": "2026-09-02",
    "ad_snapshot_url": "https://www.facebook.com/ads/archive/render_ad/?id=1001&access_token=EAAsecret",
    "impressions": {"lower_bound": "1000", "upper_bound": "4999"},
}


@pytest.mark.parametrize(
    "spelled",
    [
        json.dumps({"data": [AD, AD | {"id": "2"}], "paging": {"next": "https://x?access_token=EAAsecret"}}),
        json.dumps({"data": [AD, AD | {"id": "2"}]}, indent=2, ensure_ascii=False),
        json.dumps([AD, AD | {"id": "2"}]),
        json.dumps([{"data": [AD]}, {"data": [AD | {"id": "2"}]}]),
        json.dumps(AD) + "\n" + json.dumps(AD | {"id": "2"}) + "\n",
        json.dumps({"data": [AD]}) + "\n" + json.dumps({"data": [AD | {"id": "2"}]}),
    ],
)
def test_every_form_of_the_librarys_answers_is_read(spelled: str) -> None:
    found = taken(list(meta_items(spelled.encode())))
    assert [(item.row, item.id) for item in found] == [(1, "1001"), (2, "2")]
    assert found[0].url == "https://www.facebook.com/ads/library/?id=1001"
    assert json.loads(found[0].body)["ad_creative_bodies"] == AD["ad_creative_bodies"]


def test_no_token_is_kept_and_a_new_token_is_no_change() -> None:
    first, second = (
        taken(list(meta_items(json.dumps(AD).replace("EAAsecret", token).encode())))[0]
        for token in ("EAAone", "EAAtwo")
    )
    assert b"EAAone" not in first.body
    assert first.version == second.version
    assert first.more == {"altered": "access_token removed"}


def test_an_advertisement_of_the_library_as_a_page() -> None:
    page = meta_page("https://www.facebook.com/ads/library/?id=1001", AD)
    assert page.text == "Niềng răng không đau.\nĐặt lịch\n\nNha khoa Hạt Dẻ\nCông ty Hạt Dẻ"
    assert page.text[: page.main_end] == "Niềng răng không đau.\nĐặt lịch"
    assert (page.published_on, page.site_name) == (date(2026, 9, 2), "facebook.com/77")
    assert page.details["impressions"] == {"lower_bound": "1000", "upper_bound": "4999"}


def test_what_is_no_advertisement_of_the_library_is_named() -> None:
    ads = [AD, {"page_name": "x"}, AD | {"id": "3", "ad_creative_bodies": [], "ad_creative_link_titles": []}, 5]
    found = list(meta_items(json.dumps({"data": ads}).encode()))
    assert [row for row, _ in refused(found)] == [2, 3, 4]
    cut = json.dumps({"data": [AD, AD]})[:-40].encode()
    assert [len(taken(list(meta_items(cut)))), len(refused(list(meta_items(cut))))] == [1, 1]
    with pytest.raises(InputError, match="no advertisement"):
        list(meta_items(b'{"data": []}'))


# ── WARC ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_of_another_tools_archive(tmp_path: Path) -> None:
    html = "<html><body><p>Xin chào</p></body></html>".encode()
    chunked = b"5\r\nhello\r\n0\r\n\r\n"
    path = other_tools_warc(
        tmp_path / "other.warc.gz",
        [
            {"url": "http://a.example/1", "body": html},
            {"url": "http://a.example/2", "body": b"", "status": "404 Not Found"},
            {"url": "http://a.example/3.png", "body": b"x", "headers": [("Content-Type", "image/png")]},
            {"url": "http://a.example/4", "body": chunked, "headers": [("Transfer-Encoding", "chunked")]},
            {"url": "http://[/5", "body": html},
            {"url": "http://a.example/6", "body": html, "date": "2099-01-01T00:00:00Z"},
            {"url": "http://a.example/7", "body": b"zz", "headers": [("Content-Encoding", "gzip")]},
        ],
    )
    found = list(warc_items(path))
    items = taken(found)
    assert [(item.url, item.body) for item in items] == [("http://a.example/1", html), ("http://a.example/4", b"hello")]
    assert items[0].at is not None
    assert items[0].at.isoformat() == "2026-05-04T03:02:01+00:00"
    assert items[0].more["original"]["payload_digest"].startswith("sha1:")
    assert [each.passed for each in found if isinstance(each, Reject)] == [True, True, False, False, False]


def test_an_archive_that_was_altered_or_cut_is_named(tmp_path: Path) -> None:
    body = b"<html><body><p>" + b"abcdefgh" * 50 + b"</p></body></html>"
    path = other_tools_warc(tmp_path / "other.warc", [{"url": f"http://a.example/{n}", "body": body} for n in (1, 2)])
    data = path.read_bytes()
    path.write_bytes(data.replace(b"abcdefgh", b"abcdefgX", 1))
    found = list(warc_items(path))
    assert [item.url for item in taken(found)] == ["http://a.example/2"]
    assert "Mã băm" in refused(found)[0][1]
    path.write_bytes(data[:-200])
    found = list(warc_items(path))
    assert [item.url for item in taken(found)] == ["http://a.example/1"]
    assert refused(found) == [(3, "Bản ghi bị cắt cụt")]
    path.write_bytes(b"this is no archive\n" * 50)
    with pytest.raises(InputError, match="no WARC file"):
        list(warc_items(path))


# ── reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reports_keep_apart_who_reported() -> None:
    text = (
        "Ngày tiếp nhận,Nội dung phản ánh,Link,Số điện thoại,Họ và tên,Ghi chú nội bộ\n"
        "05/11/2026,Quảng cáo sai,https://a.example/1,0988 111 222,Nguyễn Thị Mẫu,x\n"
        ",thiếu ngày,,,,\n05/11/2026,,,,,\n05/11/2036,tương lai,,,,\n"
    )
    table = read_reports(text.encode(), {}, TODAY)
    rows = list(table.rows)
    assert rows[0] == ReportRow(
        2,
        date(2026, 11, 5),
        "Quảng cáo sai",
        "https://a.example/1",
        reporter={"name": "Nguyễn Thị Mẫu", "phone": "0988 111 222"},
    )
    assert table.unused == ("Ghi chú nội bộ",)
    rejects = [row for row in rows if isinstance(row, Reject)]
    assert [row.row for row in rejects] == [3, 4, 5]
    assert not any(row.content for row in rejects)


def test_the_columns_of_the_contract_and_a_long_report() -> None:
    text = f"received_on,content,url,subject,phone\n2026-11-05,{'dài ' * 6000},,PK Lá Bàng,0903555777\n"
    row = next(iter(read_reports(text.encode(), {}, TODAY).rows))
    assert isinstance(row, ReportRow)
    assert (row.subject, row.phone, row.reporter) == ("PK Lá Bàng", "0903555777", {})
    assert len(row.content) == MAX_REPORT + len(" […]")


def test_text_of_mixed_marks_is_composed() -> None:
    assert text_of("Ca\u0301".encode()) == "Cá"

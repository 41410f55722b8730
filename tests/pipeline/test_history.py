"""What an address has shown: its texts and their spans, what changed, every capture, where it went; take-downs."""

import json
from datetime import timedelta

import pytest
from ad_rows import add_ad, add_capture, at
from sqlalchemy import Engine

from models import tables
from models.database import session
from models.errors import InputError
from models.vocabulary import Outcome
from pipeline.history import MAX_CHANGES, describe_history, history_of, text_changes
from pipeline.shown_ads import describe_ad, show_ad
from pipeline.still_live import after_notice, describe_after

URL = "http://maihoa.example/tri-nam"
OLD = "Cam kết khỏi hẳn nám da\nGiá 500.000đ\nĐặt lịch ngay"
NEW = "Tư vấn điều trị nám da\nGiá 500.000đ\nĐặt lịch ngay"


def two_texts(engine: Engine) -> None:
    add_ad(engine, 1, URL, OLD, superseded_at=at(3), last_seen_at=at(2))
    add_ad(engine, 2, URL, NEW, first_seen_at=at(3), last_seen_at=at(5))
    add_capture(engine, 1, URL, 0, Outcome.CAPTURED, status=200)
    add_capture(engine, 2, URL, 2, Outcome.UNCHANGED, status=304)
    add_capture(engine, 3, URL, 3, Outcome.CAPTURED, status=200)
    add_capture(engine, 4, URL, 4, Outcome.BLOCKED, status=200, error="challenge page: captcha")
    add_capture(engine, 5, URL, 6, Outcome.WITHDRAWN, status=404, error="HTTP 404")


def test_every_text_and_capture_of_an_address(engine: Engine) -> None:
    two_texts(engine)
    found = history_of(engine, "HTTP://MaiHoa.example:80/tri-nam#x")
    assert [version.ad_id for version in found.versions] == [1, 2]
    assert history_of(engine, "maihoa.example/tri-nam") == found
    assert found.versions[0].shown == ((at(0), at(2)),)
    assert found.versions[0].changes == ()
    assert found.versions[1].changes == ("- Cam kết khỏi hẳn nám da", "+ Tư vấn điều trị nám da")
    assert found.counts == {"captured": 2, "unchanged": 1, "blocked": 1, "withdrawn": 1}
    assert [event.outcome for event in found.events][-2:] == [Outcome.BLOCKED, Outcome.WITHDRAWN]
    assert json.dumps(found.to_json(), default=str)
    told = describe_history(found)
    assert "Đã ghi nhận 2 nội dung qua 5 lần thu thập." in told
    assert "Được thay bằng nội dung khác, ghi nhận lúc 04/11/2026 08:00." in told
    assert (
        "bị chặn, không biết trang còn hiển thị hay không: trang kiểm tra chống truy cập tự động, không phải nội dung"
        in told
    )
    assert "đã gỡ: máy chủ trả lời mã 404" in told


def test_a_text_that_came_back_is_shown_in_two_spans(engine: Engine) -> None:
    details = {"earlier": [[at(0).isoformat(), at(2).isoformat()]], "returned_at": at(4).isoformat()}
    add_ad(engine, 1, URL, OLD, last_seen_at=at(5), details=details)
    assert history_of(engine, URL).versions[0].shown == ((at(0), at(2)), (at(4), at(5)))


def test_a_page_that_moved_is_followed_both_ways(engine: Engine) -> None:
    target = "http://maihoa.example/moi"
    add_ad(engine, 1, URL, OLD, details={"moved_to": target})
    add_ad(engine, 2, target, OLD)
    add_capture(engine, 1, URL, 2, Outcome.CAPTURED, status=301, role="redirect", about=target)
    left, right = history_of(engine, URL), history_of(engine, target)
    assert left.events[0].moved_to == target
    assert left.counts == {"moved": 1}
    assert right.moved_from == (URL,)
    assert f"đã chuyển hẳn sang {target} (mã 301)" in describe_history(left)
    assert f"Trang đã chuyển hẳn sang địa chỉ khác: {target}" in describe_history(left)
    assert f"Được chuyển đến từ: {URL}" in describe_history(right)


def test_an_address_nobody_collected_is_an_error(engine: Engine) -> None:
    for url in ("http://khac.example/", "không phải địa chỉ", ""):
        with pytest.raises(InputError, match="nothing was collected"):
            history_of(engine, url)


def test_differences_are_bounded_and_terminal_codes_do_not_pass(engine: Engine) -> None:
    many = "\n".join(f"dòng {number}" for number in range(5_000))
    changes = text_changes(many, many.replace("dòng", "hàng"))
    assert len(changes) == MAX_CHANGES + 1
    add_ad(engine, 1, URL, "a\x1b[31mđỏ")
    add_ad(engine, 2, URL, "b\x1b]0;x\x07", first_seen_at=at(3))
    assert "\x1b" not in describe_history(history_of(engine, URL))
    assert "\x1b" not in describe_ad(show_ad(engine, 1))


def test_one_advertisement_in_full_with_its_group(engine: Engine) -> None:
    add_ad(engine, 1, URL, f"{OLD}\n\nĐT 028 7300 0991", text_group=1)
    add_ad(engine, 2, "http://khac.example/x", OLD, text_group=1, first_seen_at=at(-9), last_seen_at=at(7))
    add_ad(engine, 3, "http://la.example/", NEW, text_group=3)
    ad = show_ad(engine, 1)
    assert ad.group is not None
    assert (ad.group.size, ad.group.sites) == (2, 2)
    assert (ad.group.first_seen_at, ad.group.last_seen_at) == (at(-9), at(7))
    assert [fellow.ad_id for fellow in ad.group.fellows] == [2]
    told = describe_ad(ad)
    assert "2 tin trên 2 trang web, lần đầu 23/10/2026 08:00, lần cuối 08/11/2026 08:00" in told
    assert "tin số 2: http://khac.example/x" in told
    assert told.endswith("Chân trang, thông tin liên hệ:\nĐT 028 7300 0991")
    assert "gần như trùng nhau" not in describe_ad(show_ad(engine, 3))
    with pytest.raises(InputError, match="no advertisement 9"):
        show_ad(engine, 9)


def ask_down(engine: Engine, *asked: tuple[int, str]) -> None:
    with session(engine) as opened:
        opened.add(tables.Case(id=5, subject="Mai Hoa", subject_kind="facility"))
        opened.flush()
        for ad_id, url in asked:
            opened.add(
                tables.Takedown(
                    case_id=5,
                    advertisement_id=ad_id,
                    url=url,
                    requested_at=at(10),
                    due_at=at(11),
                    requested_by="thanh-tra",
                )
            )


def test_an_imported_advertisement_tells_where_it_comes_from(engine: Engine) -> None:
    details = {"file": "bài 1\x1b[2J.png", "ocr_confidence": 0.9}
    add_ad(engine, 1, "urn:medad:import:images:b%C3%A0i%201.png%1b[2J", OLD, channel="images", details=details)
    add_ad(engine, 2, URL, OLD)
    ad = show_ad(engine, 1)
    assert ad.to_json()["origin"] == ad.origin
    told = describe_ad(ad)
    assert "Địa chỉ: Không có địa chỉ trên mạng (mã lưu khi nhập: images:bài 1.png" in told
    assert "Xuất xứ: Ảnh chụp màn hình «bài 1" in told
    assert "độ tin cậy trung bình 90%" in told
    assert "urn:" not in told
    assert "\x1b" not in told
    assert (show_ad(engine, 2).origin, "Xuất xứ" in describe_ad(show_ad(engine, 2))) == ("", False)


def test_still_live_so_many_days_after_the_notice(engine: Engine) -> None:
    pages = {number: f"http://m.example/{number}" for number in range(1, 6)}
    add_ad(engine, 1, pages[1], OLD, last_seen_at=at(10) + timedelta(days=4, hours=3), text_group=1)
    add_ad(engine, 2, pages[2], OLD, withdrawn_at=at(12), text_group=1)
    add_ad(engine, 3, pages[3], OLD, text_group=3)  # only blocked since
    add_ad(engine, 4, pages[4], NEW, details={"moved_to": "http://m.example/moi"})
    add_ad(engine, 5, pages[5], NEW, last_seen_at=at(9))
    add_ad(engine, 6, "http://ban-sao.example/", OLD, last_seen_at=at(20), text_group=1)
    add_capture(engine, 1, pages[1], 9, Outcome.CAPTURED)
    add_capture(engine, 2, pages[1], 14.125, Outcome.UNCHANGED)
    add_capture(engine, 3, pages[3], 13, Outcome.BLOCKED, error="HTTP 403")
    add_capture(engine, 4, pages[4], 13, Outcome.CAPTURED, role="redirect", about="http://m.example/moi")
    ask_down(engine, *pages.items())
    by_ad = {one.request.ad_id: one for one in after_notice(engine, 5, now=at(30))}
    assert by_ad[1].days_live == 4
    assert by_ad[1].captures == {"unchanged": 1}  # the capture before the request does not count
    assert by_ad[1].elsewhere == ("http://ban-sao.example/",)
    assert [by_ad[number].days_live for number in (2, 3, 4, 5)] == [None] * 4
    told = {number: describe_after([one]) for number, one in by_ad.items()}
    assert "Vẫn còn hiển thị 4 ngày sau khi yêu cầu" in told[1]
    assert "Nội dung gần như trùng vẫn hiển thị tại: http://ban-sao.example/" in told[1]
    assert "Đã gỡ, ghi nhận lúc 13/11/2026 08:00" in told[2]
    assert "Chưa thu thập lại" in told[3]
    assert "bị chặn" in told[3]
    assert "Trang đã chuyển hẳn sang: http://m.example/moi" in told[4]
    assert "Chưa thu thập lại" in told[5]
    assert next(one.request.ad_id for one in after_notice(engine, now=at(30))) == 1
    with pytest.raises(InputError, match="no case 6"):
        after_notice(engine, 6)

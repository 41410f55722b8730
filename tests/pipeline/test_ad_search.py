"""Other pages of one advertiser by phone, address or name, however they write them."""

import pytest
from ad_rows import add_ad, at
from sqlalchemy import Engine

from models.errors import InputError
from pipeline.ad_search import Wanted, address_key, describe_search, read_query, search_ads

FOOTER = "Phòng khám Da liễu Mộc Lan Trắng, 17 đường Hoa Gạo, phường Tân Mẫu, quận Bến Mẫu. ĐT: 028 7300 0991"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("17 đường Hoa Gạo, phường Tân Mẫu, quận Bến Mẫu", "17 hoa gao"),
        ("Số 17 Hoa Gạo, P. Tân Mẫu, Q.1, TP.HCM", "17 hoa gao"),
        ("17 Hoa Gạo P.3 Quận 5", "17 hoa gao"),
        ("Địa chỉ: 17 HOA GẠO - Tân Mẫu", "17 hoa gao"),
        ("Tầng 3, tòa nhà Mây, 17 Hoa Gạo, Hà Nội", "17 hoa gao"),
        ("123/45A Phố Huế, Hà Nội", "123/45a hue"),
        ("Phường 3, Quận 5", ""),
        ("Tầng 3", ""),
        ("mộc lan trắng", ""),
        ("", ""),
    ],
)
def test_addresses_are_compared_by_house_and_street(written: str, key: str) -> None:
    assert address_key(written) == key


def test_what_a_query_asks_for() -> None:
    assert read_query("+84 28.7300.0991") == (Wanted("phone", "02873000991"),)
    assert read_query("17 Hoa Gạo") == (Wanted("address", "17 hoa gao"),)
    assert read_query("Phòng khám Da liễu Mộc Lan Trắng") == (Wanted("name", "moc lan trang"),)
    assert read_query("Mộc Lan") == (Wanted("name", "moc lan"),)
    for little in ("", "an", "12", "…"):
        with pytest.raises(InputError, match="too little"):
            read_query(little)


def world(engine: Engine) -> None:
    add_ad(engine, 1, "http://a.example/", f"Trị nám\n\n{FOOTER}", mentions=True)
    add_ad(engine, 2, "http://b.example/1", "Gọi 0 2 8.7300.0991 gặp bác sĩ", first_seen_at=at(-4))  # not matched yet
    add_ad(engine, 3, "http://c.example/", "Ghé MỘC LAN TRẮNG tại số 17 Hoa Gạo, P. Tân Mẫu", withdrawn_at=at(2))
    add_ad(engine, 4, "http://d.example/", "Mộc lan trắngg, 117 Hoa Gạo, 128 7300 0991, 17 Hoa Gạo Đỏ")
    item = {"name": "Mộc Lan Trắng", "telephone": "(028) 7300 0991", "address": "17 Hoa Gạo, Tân Mẫu"}
    add_ad(engine, 5, "http://e.example/", "Bảng giá", details={"structured": [item]})
    add_ad(engine, 6, "http://b.example/1", "Gọi 028 7300 0991 để đặt lịch", last_seen_at=at(9))


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("028.7300.0991", {1: "phone", 6: "text", 5: "structured"}),
        ("17 đường Hoa Gạo, phường Bến Cũ", {1: "address", 3: "text", 5: "structured"}),
        ("moc lan trang", {1: "name", 3: "text", 5: "structured"}),
        ("Phòng khám Mộc Lan Trắng", {1: "name", 3: "text", 5: "structured"}),
        ("Hoa Cúc Vàng", {}),
    ],
)
def test_pages_of_one_advertiser(engine: Engine, query: str, pages: dict[int, str]) -> None:
    world(engine)
    found = search_ads(engine, query)
    assert {hit.ad_id: hit.how[0] for hit in found.hits if hit.ad_id != 4} == pages
    assert found.total == len(found.hits)
    assert 4 not in {hit.ad_id for hit in found.hits} or "17 hoa gao" in found.wanted[0].key


def test_a_page_is_named_once_with_all_it_was_seen(engine: Engine) -> None:
    world(engine)
    found = search_ads(engine, "02873000991")
    hit = next(hit for hit in found.hits if hit.site == "b.example")
    assert (hit.ad_id, hit.texts, hit.first_seen_at, hit.last_seen_at) == (6, 2, at(-4), at(9))
    told = describe_search(found)
    assert "Tìm theo số điện thoại “02873000991”: 3 trang, 3 trang web." in told
    assert "khớp: dữ liệu trang khai báo cho máy đọc" in told
    assert "… và 2 trang khác" in describe_search(search_ads(engine, "02873000991", 1))
    assert "không còn hiển thị" in describe_search(search_ads(engine, "17 Hoa Gạo"))
    assert "không thấy trang nào" in describe_search(search_ads(engine, "Hoa Cúc Vàng"))

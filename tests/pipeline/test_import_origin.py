"""What an inspector is told of where an imported advertisement comes from."""

from pipeline.origin import origin_vi


def test_a_text_out_of_a_picture_is_said_to_be() -> None:
    details = {"file": "a.png", "ocr_confidence": 0.957, "shown_at": "https://a.example/1"}
    told = origin_vi("images", details)
    assert told.startswith("Ảnh chụp màn hình «a.png», chụp tại https://a.example/1; chữ do máy đọc")
    assert "96%" in told
    assert "OCR" in told
    assert "%" not in origin_vi("images", {"file": "a.png"})


def test_an_ad_of_the_library_tells_its_days_and_reach() -> None:
    details = {
        "id": "7",
        "advertiser": "Nha khoa Hạt Dẻ",
        "delivery_start": "2026-09-02",
        "delivery_stop": "2026-09-15",
        "impressions": {"lower_bound": "10000", "upper_bound": "49999"},
    }
    assert origin_vi("meta-ad-library", details) == (
        "Thư viện quảng cáo Meta, mã 7, trang «Nha khoa Hạt Dẻ», chạy từ 02/09/2026 đến 15/09/2026, "
        "10.000 đến 49.999 lượt hiển thị"
    )
    assert (
        origin_vi("meta-ad-library", {"id": "7", "impressions": "nhiều"}) == "Thư viện quảng cáo Meta, mã 7, trang «»"
    )


def test_other_ways() -> None:
    assert origin_vi("web", {}) == ""
    assert origin_vi("csv", {"platform": "Zalo", "advertiser": "Spa"}) == "Nhập từ tệp dữ liệu (Zalo, Spa)"
    assert origin_vi("jsonl", {}) == "Nhập từ tệp dữ liệu"
    assert "WARC" in origin_vi("warc", {})

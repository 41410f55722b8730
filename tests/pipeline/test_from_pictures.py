"""A quote that a machine read out of a picture says so, with how sure the reading is."""

import pytest

from pipeline.from_pictures import picture_remark, with_remark

DETAILS = {
    "ocr": [
        {"start": 10, "end": 20, "confidence": 0.934, "sha256": "a"},
        {"start": 21, "end": 30, "confidence": 0.71, "sha256": "a"},
    ]
}


@pytest.mark.parametrize(
    ("start", "end", "sure"),
    [(10, 20, "93%"), (12, 15, "93%"), (5, 11, "93%"), (15, 25, "71%"), (0, 100, "71%"), (29, 40, "71%")],
)
def test_a_quote_from_a_picture_says_so(start: int, end: int, sure: str) -> None:
    assert picture_remark(DETAILS, start, end) == (
        f"Câu này đọc từ hình ảnh (OCR), độ tin cậy {sure}; cần đối chiếu với ảnh gốc."
    )
    assert with_remark("Hứa hẹn khỏi bệnh.", DETAILS, start, end).startswith("Hứa hẹn khỏi bệnh. Câu này đọc từ")


@pytest.mark.parametrize(("start", "end"), [(0, 10), (20, 21), (30, 40), (0, 0)])
def test_a_quote_from_the_page_itself_says_nothing(start: int, end: int) -> None:
    assert picture_remark(DETAILS, start, end) == ""
    assert with_remark("Lý do.", DETAILS, start, end) == "Lý do."
    assert with_remark("Lý do.", {}, start, end) == "Lý do."

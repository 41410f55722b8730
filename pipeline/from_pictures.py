"""Which quotes were read out of pictures, and saying so to the inspector."""

from collections.abc import Mapping
from typing import Any


def picture_remark(details: Mapping[str, Any], start: int, end: int) -> str:
    """Return a sentence in Vietnamese where ``text[start:end]`` came, in whole or in part, from a picture; else ``""``.

    ``details`` are those of the advertisement (``ocr``: marks by ``crawler.words``). Of several lines the least sure
    one speaks for the quote.
    """
    marks = [mark for mark in details.get("ocr", ()) if mark["start"] < end and start < mark["end"]]
    if not marks:
        return ""
    sure = round(100 * min(float(mark["confidence"]) for mark in marks))
    return f"Câu này đọc từ hình ảnh (OCR), độ tin cậy {sure}%; cần đối chiếu với ảnh gốc."


def with_remark(reason: str, details: Mapping[str, Any], start: int, end: int) -> str:
    """Return the reason of a finding, followed by the remark where its quote came from a picture."""
    return " ".join(filter(None, (reason, picture_remark(details, start, end))))

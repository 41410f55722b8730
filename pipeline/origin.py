"""Where an imported advertisement was shown and how its text came to be, in a line for the inspector."""

from collections.abc import Mapping
from typing import Any

from crawler.imports.items import ImportFormat


def origin_vi(channel: str, details: Mapping[str, Any]) -> str:
    """Return the line, or ``""`` for what was crawled.

    A text that was read out of a picture is said to be, with the mean confidence: the picture is the evidence.
    """
    match channel:
        case ImportFormat.IMAGES:
            return _picture(details)
        case ImportFormat.META_AD_LIBRARY:
            return _library(details)
        case ImportFormat.WARC:
            return "Trang do công cụ khác thu thập, nhập từ tệp WARC"
        case ImportFormat.CSV | ImportFormat.JSONL:
            parts = (details.get("platform", ""), details.get("advertiser", ""))
            told = ", ".join(str(part) for part in parts if part)
            return "Nhập từ tệp dữ liệu" + (f" ({told})" if told else "")
    return ""


def _picture(details: Mapping[str, Any]) -> str:
    told = f"Ảnh chụp màn hình «{details.get('file', '')}»"
    if details.get("shown_at"):
        told += f", chụp tại {details['shown_at']}"
    sure = details.get("ocr_confidence")
    mean = f"độ tin cậy trung bình {round(100 * float(sure))}%, " if sure is not None else ""
    return f"{told}; chữ do máy đọc từ ảnh (OCR), {mean}cần đối chiếu với ảnh gốc"


def _library(details: Mapping[str, Any]) -> str:
    told = f"Thư viện quảng cáo Meta, mã {details.get('id', '')}, trang «{details.get('advertiser', '')}»"
    began, ended = str(details.get("delivery_start", ""))[:10], str(details.get("delivery_stop", ""))[:10]
    if began:
        told += f", chạy từ {_day(began)}" + (f" đến {_day(ended)}" if ended else "")
    return told + _number(details.get("impressions"))


def _day(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))


def _number(given: object) -> str:
    if not isinstance(given, Mapping) or not given.get("lower_bound"):
        return ""
    low, high = (str(given.get(name) or "") for name in ("lower_bound", "upper_bound"))
    shown = [f"{int(text):,}".replace(",", ".") for text in (low, high) if text.isdigit() and len(text) < 16]
    return f", {' đến '.join(shown)} lượt hiển thị" if shown else ""

"""Files to import, made for the tests: pictures with Vietnamese words, a WARC file of another tool."""

import io
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
WORDS = "Thẩm mỹ viện Sương Mai\nCam kết trị khỏi nám 100% chỉ sau 7 ngày.\nHotline: 0903 555 777"


def picture(words: str = WORDS, form: str = "PNG", size: tuple[int, int] = (900, 220)) -> bytes:
    """A white picture with words on it."""
    from PIL import Image, ImageDraw, ImageFont

    drawn = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(drawn)
    pen.multiline_text((20, 20), words, font=ImageFont.truetype(FONT, 26), fill="black", spacing=12)
    out = io.BytesIO()
    drawn.save(out, form)
    return out.getvalue()


def bomb() -> bytes:
    """A small file that unpacks to 81 million pixels."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    return out.getvalue()


def other_tools_warc(path: Path, pages: list[dict[str, Any]]) -> Path:
    """Write a WARC file as another tool would (SHA-1 digests). A page: url, body; perhaps date, status, headers."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "other/1.0"}))
        for page in pages:
            headers = page.get("headers", [("Content-Type", "text/html; charset=utf-8")])
            record = writer.create_warc_record(
                page["url"],
                page.get("type", "response"),
                payload=io.BytesIO(page["body"]),
                length=len(page["body"]),
                http_headers=StatusAndHeaders(page.get("status", "200 OK"), headers, protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": page.get("date", "2026-05-04T03:02:01Z")},
            )
            writer.write_record(record)
    return path

"""Pictures are looked at before they go into a file that a person opens: by their bytes, never by what is claimed."""

import io
import struct
import zipfile
import zlib

import pytest
from case_values import NOW
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from test_dossier import dossier

from cases.attached import Picture
from cases.dossier import render_docx, render_html, render_json
from cases.pictures import MOST_BYTES, Source, measured, picture, shown_part

SOURCE = Source(1, NOW, "ab" * 32, 12)


def drawn(kind: str, wide: int, high: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (wide, high), "white").save(out, kind)
    return out.getvalue()


def bomb(wide: int, high: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize(("kind", "stated"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("JPEG", "image/jpg; q=1")])
def test_a_picture_is_measured(kind: str, stated: str) -> None:
    made = picture(drawn(kind, 320, 200), stated, SOURCE)
    assert made is not None
    assert (made.width, made.height, made.ad_id, made.seq) == (320, 200, 1, 12)
    assert made.content_type == stated.partition(";")[0].replace("jpg", "jpeg")


@pytest.mark.parametrize(
    ("content", "stated"),
    [
        (b"", "image/png"),
        (b"<svg onload='alert(1)'/>", "image/svg+xml"),
        (b"<html>", "image/png"),
        (drawn("PNG", 9, 9), "image/jpeg"),
        (drawn("PNG", 9, 9), "text/html"),
        (drawn("GIF", 9, 9), "image/gif"),
        (bomb(30_000, 30_000), "image/png"),
        (bomb(0, 10), "image/png"),
        (bomb(40_000, 1), "image/png"),
        (bomb(10, 10) + b"\0" * MOST_BYTES, "image/png"),
        (drawn("JPEG", 9, 9)[:20], "image/jpeg"),
    ],
)
def test_what_is_no_bearable_picture_is_left_out(content: bytes, stated: str) -> None:
    assert picture(content, stated, SOURCE) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_measured_without_a_fault(content: bytes) -> None:
    measured(content)
    measured(b"\xff\xd8\xff" + content)
    measured(b"\x89PNG\r\n\x1a\n" + content)


def shot(wide: int, high: int) -> Picture:
    made = picture(drawn("PNG", wide, high), "image/png", SOURCE)
    assert made is not None
    return made


def test_a_long_page_is_shown_from_its_head_and_its_bytes_stay() -> None:
    long = shot(400, 2000)
    assert shown_part(shot(400, 200)) == 1.0
    assert shown_part(long) == pytest.approx(0.17)
    file = dossier(pictures=(long,))
    with zipfile.ZipFile(io.BytesIO(render_docx(file))) as packed:
        assert [packed.read(name) for name in packed.namelist() if "media" in name] == [long.content]
        assert '<a:srcRect b="83000"/>' in packed.read("word/document.xml").decode()
    page = render_html(file)
    assert page.count('<img src="data:image/png;base64,') == 1
    assert "aspect-ratio: 400 / 340" in page
    assert "Ảnh chụp phần đầu trang lúc 21/11/2026 01:05" in page
    assert f"mã băm {'ab' * 32}" in page
    assert "img-src data:" in page


def test_json_names_a_picture_and_does_not_carry_it() -> None:
    assert f'"content": {len(shot(40, 20).content)}' in render_json(dossier(pictures=(shot(40, 20),)))


def test_a_picture_that_word_cannot_read_leaves_a_word() -> None:
    broken = picture(bomb(10, 10), "image/png", SOURCE)
    assert broken is not None
    assert render_docx(dossier(pictures=(broken,)))

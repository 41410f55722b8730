"""Whatever encoding a page is in or claims, its Vietnamese is read right."""

import unicodedata

import pytest

from crawler.pages.decoding import MAX_BYTES, decode
from crawler.pages.generic import read_page

TEXT = "Phòng khám Mây Trắng: điều trị mụn, nâng mũi, giữ gìn vẻ đẹp của bạn từ 500.000đ"
TONES = "\u0300\u0301\u0303\u0309\u0323"


def as_windows_1258(text: str) -> bytes:
    """Encode as old Vietnamese Windows did: vowel, then the tone as a combining mark."""
    out = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in parts if c in TONES)
        rest = unicodedata.normalize("NFC", "".join(c for c in parts if c not in TONES))
        out.append((rest + tone).encode("cp1258"))
    return b"".join(out)


def html(text: str, charset: str = "") -> str:
    return f'<html><head><meta charset="{charset}"><title>x</title></head><body><p>{text}</p></body></html>'


def main_of(body: bytes, content_type: str = "text/html", fallback: str | None = None) -> str:
    page = read_page(body, "https://may-trang.example/", content_type, fallback)
    return page.text[: page.main_end]


@pytest.mark.parametrize("declared", ["utf-8", "windows-1258", "iso-8859-1", "gb2312", "no-such-charset", "zip", ""])
def test_utf8_is_read_whatever_the_page_declares(declared: str) -> None:
    assert main_of(html(TEXT, declared).encode(), f"text/html; charset={declared}") == TEXT


@pytest.mark.parametrize("declared", ["windows-1258", "windows-1252", "iso-8859-1", ""])
def test_windows_1258_with_combining_tones_is_recognised(declared: str) -> None:
    head, tail = html("\0", declared).split("\0")
    assert main_of(head.encode() + as_windows_1258(TEXT) + tail.encode()) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_byte_order_marks_and_bare_utf16(encoding: str) -> None:
    assert main_of(html(TEXT).encode(encoding)) == TEXT


def test_decomposed_letters_are_stored_composed() -> None:
    assert main_of(html(unicodedata.normalize("NFD", TEXT)).encode()) == TEXT


def test_a_tone_given_as_an_entity_is_composed() -> None:
    assert main_of(html("Tri&#x323; n<b>a&#769;</b>m").encode()) == "Trị nám"


def test_nul_bytes_do_not_end_the_text() -> None:
    assert main_of(html("Nâng\0 mũi\0 đẹp").encode()) == "Nâng mũi đẹp"


def test_a_damaged_byte_costs_one_letter_not_the_page() -> None:
    body = html(TEXT).encode().replace("đẹp".encode(), b"\xff\xfe")
    assert main_of(body).startswith("Phòng khám Mây Trắng: điều trị mụn")


def test_a_character_cut_off_at_the_end() -> None:
    assert decode("Nâng mũi đẹ".encode()[:-1]).startswith("Nâng mũi đ")


def test_a_declared_encoding_is_used_where_the_bytes_are_not_utf8() -> None:
    assert (
        main_of(html("Ľubovoľný text žltý").encode("cp1250"), "text/html; charset=windows-1250")
        == "Ľubovoľný text žltý"
    )
    assert main_of(html("Ľubovoľný text žltý").encode("cp1250"), "text/html", "cp1250") == "Ľubovoľný text žltý"


@pytest.mark.parametrize("codec", ["punycode", "unicode_escape", "utf-7", "rot13", "zlib", "idna", "undefined"])
def test_codecs_that_no_page_may_name(codec: str) -> None:
    assert "\\x41" in decode(b"caf\xe9 \\x41 au lait", f"text/html; charset={codec}")


def test_binary_is_no_text() -> None:
    assert decode(bytes(range(256)) * 50) == ""
    assert decode(b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 40, "text/html") == ""


def test_only_so_many_bytes_are_read() -> None:
    assert len(decode(b"a" * (MAX_BYTES + 5))) == MAX_BYTES

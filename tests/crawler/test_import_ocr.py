"""Words in pictures: read with their confidence; what is no picture costs nothing but its own row."""

import io
import shutil
from pathlib import Path

import pytest
from import_files import FONT, WORDS, bomb, picture

from crawler.imports import ocr
from crawler.imports.items import Item, Reject
from crawler.imports.ocr import PictureError, check_picture, need_ocr, read_picture
from crawler.imports.pictures import picture_items, picture_page
from crawler.items import Page
from models.errors import MedadError, MissingPackageError

pytestmark = pytest.mark.skipif(
    shutil.which("tesseract") is None or not Path(FONT).exists(), reason="needs Tesseract and a font"
)


def test_vietnamese_words_are_read() -> None:
    read = read_picture(picture())
    assert read.text.replace("\n\n", "\n") == WORDS
    assert 0.8 < read.confidence <= 1
    assert [word.text for word in read.words] == WORDS.split()
    left, top, width, height = read.words[0].box
    assert 0 < left < 40
    assert 0 < top < 60
    assert 20 < width < 120
    assert 10 < height < 50
    assert read.engine.startswith("tesseract 5")


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_every_usual_kind_of_picture_is_opened(form: str) -> None:
    width, height, kind = check_picture(picture(form=form))
    assert (width, height, kind) == (900, 220, f"image/{form.lower()}")


def test_words_on_nothing_stand_on_white() -> None:
    from PIL import Image, ImageDraw, ImageFont

    drawn = Image.new("RGBA", (700, 120), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).text((20, 30), "Nha khoa Hạt Dẻ", font=ImageFont.truetype(FONT, 40), fill=(0, 0, 0, 255))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    assert read_picture(out.getvalue()).text == "Nha khoa Hạt Dẻ"


def test_an_empty_picture_has_no_words() -> None:
    read = read_picture(picture(words=""))
    assert (read.text, read.confidence, read.words) == ("", 0.0, ())
    assert picture_page("urn:x", picture(words=""), {}) == "no words were read in the picture"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no picture"),
        (b"%PDF-1.4 not a picture", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no picture"),
        (picture()[:900], "broken or cut short"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 500, "no picture"),
    ],
)
def test_what_is_no_picture_says_so(data: bytes, why: str) -> None:
    with pytest.raises(PictureError, match=why):
        check_picture(data)


def test_a_bomb_is_not_unpacked() -> None:
    import tracemalloc

    data = bomb()
    tracemalloc.start()
    with pytest.raises(PictureError, match="million pixels"):
        read_picture(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_huge_file_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MAX_PICTURE", 1_000)
    with pytest.raises(PictureError, match="larger than"):
        check_picture(picture())


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", absent)
    with pytest.raises(MissingPackageError, match=r"pip install medad\[ocr\]"):
        need_ocr()


def test_without_the_language_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "LANGUAGES", "vie+xxx")
    with pytest.raises(MedadError, match=r"xxx.*apt install"):
        need_ocr()


def test_a_folder_of_screenshots(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "b" / "c.jpg").write_bytes(picture(form="JPEG"))
    (tmp_path / "d.png").write_bytes(picture()[:900])
    (tmp_path / "e.png").write_bytes(bomb())
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "f.png").symlink_to(FONT)
    (tmp_path / "list.csv").write_text(
        "Tệp;Địa chỉ;Ngày chụp;Tên trang\na.png;https://www.facebook.com/suongmai;03/11/2026;TMV Sương Mai\n"
    )
    found = list(picture_items(tmp_path, {}))
    items = [each for each in found if isinstance(each, Item)]
    assert [item.more["name"] for item in items] == ["a.png", "b/c.jpg"]
    assert {each.name: each.passed for each in found if isinstance(each, Reject)} == {
        "d.png": False,
        "e.png": False,
        "f.png": False,
        "notes.txt": True,
    }
    page = picture_page(items[0].url, items[0].body, items[0].more)
    assert isinstance(page, Page)
    assert page.details["text_from"] == "ocr"
    assert page.details["ocr_confidence"] > 0.8
    assert page.details["shown_at"] == "https://www.facebook.com/suongmai"
    assert page.text.endswith("\n\nTMV Sương Mai")
    assert str(page.published_on) == "2026-11-03"

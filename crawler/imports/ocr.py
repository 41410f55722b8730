"""Words in pictures, read by Tesseract (the optional extra ``ocr``; the program itself comes with the system).

Reused by whatever holds pictures: imported screenshots, pictures in pages.
"""

import importlib
import io
import os
import warnings
from dataclasses import dataclass
from typing import Any

from models.errors import MedadError, MissingPackageError

#: The languages read, in Tesseract's names.
LANGUAGES = "vie"

#: Larger pictures are refused before they are unpacked (pixels): a long screenshot of a telephone has some 30 million.
MAX_PIXELS = 60_000_000

#: Larger files are no screenshots (bytes).
MAX_PICTURE = 50_000_000

#: Smaller letters than Tesseract likes are enlarged: a picture narrower than this is doubled (pixels).
_SMALL = 1_000
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
#: Seconds after which a picture is given up.
_PATIENCE = 120


class PictureError(MedadError):
    """A picture cannot be read: broken, of an unknown kind, or larger than allowed."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word and how sure the reading is, in [0, 1]; where it stands in the picture (pixels)."""

    text: str
    confidence: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was read in a picture. ``confidence`` is the mean over the words, each weighing as many as its letters; 0
    where there are none. Lines of ``text`` are lines of the picture; blocks are parted by a blank line."""

    text: str
    confidence: float
    words: tuple[Word, ...]
    size: tuple[int, int]
    engine: str


def need_ocr() -> str:
    """Return the engine's name and version. Raises ``MissingPackageError`` or says what the system lacks."""
    try:
        tesseract = importlib.import_module("pytesseract")
        importlib.import_module("PIL.Image")
    except ImportError:
        raise MissingPackageError("Reading words in pictures", "ocr") from None
    try:
        version = str(tesseract.get_tesseract_version())
        languages = set(tesseract.get_languages(config=""))
    except (tesseract.TesseractNotFoundError, OSError, SystemExit):
        raise MedadError(
            "Tesseract, which reads words in pictures, is not installed.",
            "Install it: apt install tesseract-ocr tesseract-ocr-vie",
        ) from None
    if missing := set(LANGUAGES.split("+")) - languages:
        names = ", ".join(sorted(missing))
        raise MedadError(f"Tesseract lacks the language data: {names}.", "Install it: apt install tesseract-ocr-vie")
    return f"tesseract {version} {LANGUAGES}"


def check_picture(data: bytes) -> tuple[int, int, str]:
    """Return width, height and media type of a picture whose every pixel can be unpacked. Raises ``PictureError``."""
    picture = _opened(data)
    _unpacked(picture)
    return picture.width, picture.height, str(picture.get_format_mimetype() or "application/octet-stream")


def read_picture(data: bytes) -> Recognised:
    """Return the words in a picture. Raises ``PictureError``, or what ``need_ocr`` raises."""
    engine = need_ocr()
    picture = _opened(data)
    ready, scale = _prepared(picture)
    tesseract = importlib.import_module("pytesseract")
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # several pictures at once use the cores better than threads
    try:
        table = tesseract.image_to_data(
            ready, lang=LANGUAGES, output_type=tesseract.Output.DICT, timeout=_PATIENCE, config="--psm 3"
        )
    except RuntimeError as error:  # also TesseractError
        raise PictureError(f"the words in the picture cannot be read: {str(error).splitlines()[0][:100]}") from error
    return _recognised(table, scale, picture.size, engine)


def _opened(data: bytes) -> Any:
    if len(data) > MAX_PICTURE:
        raise PictureError(f"the file is larger than {MAX_PICTURE // 1_000_000} MB")
    try:
        image: Any = importlib.import_module("PIL.Image")
    except ImportError:
        raise MissingPackageError("Reading words in pictures", "ocr") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = image.open(io.BytesIO(data), formats=_FORMATS)
            size = picture.width * picture.height
    except image.DecompressionBombError:
        size = MAX_PIXELS + 1
    except Exception as error:  # decoders raise whatever they like on a hostile file
        raise PictureError("it is no picture that can be read") from error
    if size > MAX_PIXELS:
        raise PictureError(f"the picture unpacks to more than {MAX_PIXELS // 1_000_000} million pixels")
    return picture


def _unpacked(picture: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.load()
    except Exception as error:  # the same
        raise PictureError("the picture is broken or cut short") from error
    return picture


def _prepared(picture: Any) -> tuple[Any, float]:
    """Return the picture in grey on white, upright, and enlarged where it is small; and by how much."""
    operations: Any = importlib.import_module("PIL.ImageOps")
    image: Any = importlib.import_module("PIL.Image")
    ready = operations.exif_transpose(_unpacked(picture))
    if ready.mode in ("RGBA", "LA", "P"):
        ready = ready.convert("RGBA")
        white = image.new("RGBA", ready.size, "white")
        ready = image.alpha_composite(white, ready)
    ready = ready.convert("L")
    if ready.width >= _SMALL or ready.height > 8 * _SMALL:
        return ready, 1.0
    return ready.resize((ready.width * 2, ready.height * 2), image.Resampling.LANCZOS), 2.0


def _recognised(table: dict[str, list[Any]], scale: float, size: tuple[int, int], engine: str) -> Recognised:
    lines: dict[tuple[int, int, int], list[str]] = {}
    words: list[Word] = []
    for at, given in enumerate(table["text"]):
        text, sure = str(given).replace("\x00", "").strip(), float(table["conf"][at])
        if not text or sure < 0:
            continue
        key = (int(table["block_num"][at]), int(table["par_num"][at]), int(table["line_num"][at]))
        lines.setdefault(key, []).append(text)
        box = tuple(int(table[side][at] / scale) for side in ("left", "top", "width", "height"))
        words.append(Word(text, sure / 100, (box[0], box[1], box[2], box[3])))
    out: list[str] = []
    last = None
    for key, parts in lines.items():
        if last is not None and key[:2] != last[:2]:
            out.append("")
        out.append(" ".join(parts))
        last = key
    letters = sum(len(word.text) for word in words)
    mean = sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0
    return Recognised("\n".join(out), round(mean, 4), tuple(words), size, engine)

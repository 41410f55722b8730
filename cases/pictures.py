"""Pictures of pages in a dossier: only what is surely a PNG or a JPEG of a bearable size, and only a page's head of it.

Nothing is decoded or changed here: the bytes are the evidence, and their hash is printed beside them. Viewers that
open the dossier decode them, so what would blow up there is left out.
"""

import base64
from dataclasses import dataclass
from datetime import datetime

from cases.attached import Picture

#: Bytes of one picture, and of all in one dossier.
MOST_BYTES = 6_000_000
MOST_TOGETHER = 40_000_000

#: Pixels of one side, and of the whole picture: a viewer needs four bytes for each.
MOST_SIDE = 32_000
MOST_PIXELS = 60_000_000

#: Height over width of what is shown: of a longer page its upper part, which fits a sheet of paper.
SHOWN_RATIO = 0.85

_PNG = b"\x89PNG\r\n\x1a\n"
#: Start-of-frame markers of JPEG: they carry the size.
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture comes from: the advertisement, when it was captured, its hash, its line of the log."""

    ad_id: int
    captured_at: datetime
    sha256: str
    seq: int


def picture(content: bytes, content_type: str, source: Source) -> Picture | None:
    """Return the picture; ``None`` where its bytes are too many, not of the stated type, or decode to too much."""
    if not 0 < len(content) <= MOST_BYTES:
        return None
    kind, size = measured(content)
    stated = content_type.partition(";")[0].strip().lower().replace("image/jpg", "image/jpeg")
    if size is None or stated != kind:
        return None
    wide, high = size
    if not (0 < wide <= MOST_SIDE and 0 < high <= MOST_SIDE and wide * high <= MOST_PIXELS):
        return None
    return Picture(source.ad_id, content, kind, wide, high, source.captured_at, source.sha256, source.seq)


def measured(content: bytes) -> tuple[str, tuple[int, int] | None]:
    """Return the type that the bytes show and (width, height); ``('', None)`` where they are no PNG or JPEG."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR" and len(content) >= 24:
        return "image/png", (int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _jpeg_size(content)
    return "", None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker in _FRAMES:
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4]))
    return None


def shown_part(each: Picture) -> float:
    """Which share of the height is shown, from the top."""
    return min(1.0, SHOWN_RATIO * each.width / each.height)


def data_url(each: Picture) -> str:
    """The picture as a ``data:`` address, for a self-contained page."""
    return f"data:{each.content_type};base64,{base64.b64encode(each.content).decode('ascii')}"

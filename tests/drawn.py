"""Pictures with words, drawn for tests."""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
)


def drawn(*lines: str, size: tuple[int, int] = (700, 260)) -> bytes:
    """Return a PNG with lines of black text on white."""
    picture = Image.new("RGB", size, "white")
    font = next((ImageFont.truetype(path, 30) for path in _FONTS if Path(path).is_file()), ImageFont.load_default(30))
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((20, 20 + 60 * number), line, font=font, fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()

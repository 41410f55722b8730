"""Text out of advertisements made safe to show: in a page, in a Word file, in a spreadsheet, on a terminal.

Nothing is guessed and no words are lost: what cannot be shown is dropped or becomes U+FFFD. Where the exact characters
matter (``render_json``), they are kept, escaped.
"""

import re
import unicodedata

#: Characters that reorder what a reader sees: 'khỏi hẳn' may be stored backwards, or a file name end in another type.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029\x0b\x0c]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _shown(char: str) -> str:
    if char in "\n\t":
        return char
    if char in BIDI:
        return ""
    category = unicodedata.category(char)
    if category == "Cc":
        return ""
    if category == "Cs" or (ord(char) & 0xFFFE) == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
        return "\ufffd"  # lone surrogates and noncharacters: no file format takes them
    return char


def clean(text: str) -> str:
    """Return the text in NFC without control and bidirectional characters; lone surrogates become U+FFFD."""
    return unicodedata.normalize("NFC", "".join(map(_shown, _BREAKS.sub("\n", text))))


def line(text: str) -> str:
    """``clean``, on one line with single spaces."""
    return " ".join(clean(text).split())


def cell(text: str) -> str:
    """``line``, with an apostrophe before whatever a spreadsheet would take for a formula."""
    shown = line(text)
    return f"'{shown}" if shown.startswith(_FORMULA) or text.startswith(_FORMULA) else shown


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def width(text: str) -> int:
    """How many terminal columns the text takes: combining marks none, wide characters two."""
    return sum(map(_columns, text))


def fit(text: str, columns: int) -> str:
    """Pad or cut (with '…') the text to exactly ``columns`` terminal columns."""
    if width(text) > columns:
        kept, used = [], 0
        for char in text:
            used += _columns(char)
            if used > columns - 1:
                break
            kept.append(char)
        text = "".join(kept) + "…"
    return text + " " * (columns - width(text))

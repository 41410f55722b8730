"""Bytes to text: which encoding a page really is in, whatever it claims."""

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

#: Bytes of one page that are read; what follows is left out. Pages of real advertisers are under 1 MB.
MAX_BYTES = 10 * 1024 * 1024

_SNIFFED = 4096
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{2,40})""", re.I
)
_IN_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([\w.:-]{2,40})""", re.I)
#: Codecs that a web page may name: no 'punycode', 'unicode_escape' or 'utf-7', which a hostile page could choose.
_ALLOWED = re.compile(
    r"cp\d+|iso8859-\d+|utf-8|utf-16(-[lb]e)?|gb\w+|big5\w*|euc_\w+|shift_jis\w*|koi8-\w|mac-\w+|tis-620"
)
#: What a guess must not be: these were tried before, and nearly any bytes can be read as them.
_WIDE = ["utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "utf_7"]
#: Letters that only Vietnamese uses: the precomposed ones with a tone mark, and the barred or horned ones.
_VIETNAMESE = re.compile("[\u1ea0-\u1ef9ĂăĐđƠơƯư]")
#: NUL and other control characters, which no reader sees and parsers trip over.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")


def decode(body: bytes, content_type: str = "", fallback_encoding: str | None = None) -> str:
    """Return the text of ``body``, without control characters; never fails.

    The byte-order mark decides; else UTF-8 wherever the bytes are UTF-8 (a false declaration is common, valid UTF-8 by
    accident is not); else what the header, the page and ``fallback_encoding`` declare; else what the bytes look like.
    Text is not normalised here: entities may still add combining marks. Bytes that are no text (an image, an archive)
    give ``""``.
    """
    body = body[:MAX_BYTES]
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _clean(body[len(mark) :].decode(encoding, "replace"))
    if not (text := _utf16(body)) and _is_binary(body):
        return ""
    return _clean(text or _utf8(body) or _single_byte(body, content_type, fallback_encoding))


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def _is_binary(body: bytes) -> bool:
    """Tell whether the first bytes hold more control characters than damage to a text explains."""
    head = body[:_SNIFFED]
    controls = len(head) - len(head.translate(None, bytes(set(range(1, 32)) - {9, 10, 12, 13, 27})))
    return controls > len(head) // 20


def _utf16(body: bytes) -> str:
    """Decode UTF-16 that has no byte-order mark: every second byte of its mark-up is NUL."""
    head = body[:_SNIFFED]
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half < 8 or max(even, odd) < 0.4 * half or min(even, odd) > 0.1 * half:
        return ""
    return body.decode("utf-16-be" if even > odd else "utf-16-le", "replace")


def _utf8(body: bytes) -> str:
    """Decode UTF-8, also when a few bytes are damaged or the last character is cut off."""
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if not damaged:
        return text
    letters = len(text) - len(text.encode("ascii", "ignore")) - damaged
    return text if letters > 4 * damaged or (damaged == 1 and letters and text.endswith("\ufffd")) else ""


def _single_byte(body: bytes, content_type: str, fallback_encoding: str | None) -> str:
    header = _IN_HEADER.search(content_type)
    meta = _DECLARED.search(body[:_SNIFFED])
    named = [header[1] if header else "", meta[1].decode("ascii", "replace") if meta else "", fallback_encoding or ""]
    if text := _as_windows_1258(body):
        return text
    for name in filter(None, map(_codec, named)):
        text = body.decode(name, "replace")
        if text.count("\ufffd") <= len(text) // 200:
            return text
    guess = from_bytes(body[: 16 * _SNIFFED], cp_exclusion=_WIDE).best()
    return body.decode(guess.encoding if guess else "cp1252", "replace")


def _as_windows_1258(body: bytes) -> str:
    """Decode windows-1258, or return '' when the result does not read as Vietnamese.

    It is often declared as windows-1252 or ISO 8859-1, which show 'à' right and every other tone wrong.
    """
    text = body[: 16 * _SNIFFED].decode("cp1258", "replace")
    marked = [c for c in text if c > "\x7f"]
    composed = unicodedata.normalize("NFC", "".join(c for c in text if c.isalpha() or unicodedata.combining(c)))
    stray = sum(1 for c in composed if unicodedata.combining(c))
    letters = len(_VIETNAMESE.findall(composed))
    is_vietnamese = letters >= max(3, 0.25 * len(marked)) and stray * 20 <= letters
    return body.decode("cp1258", "replace") if is_vietnamese else ""


def _codec(name: str) -> str:
    """Return Python's name of a declared encoding, or '' when it is unknown, not for pages, or UTF-8 (tried before)."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    if not _ALLOWED.fullmatch(found) or found.startswith("utf-8"):
        return ""
    return "cp1252" if found == "iso8859-1" else found

"""Bodies as transferred → bodies as meant: gzip, deflate, brotli (and zstd where installed), bounded against bombs."""

import importlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import brotli  # type: ignore[import-untyped]  # it ships no types

from crawler.items import Capture
from models.errors import MedadError

#: The largest body that is unpacked, unless the caller says otherwise (bytes).
MAX_DECODED = 50_000_000

#: What the crawler says it understands.
ACCEPT_ENCODING = "gzip, deflate, br"

_CHUNK = 1 << 16


class BodyError(MedadError):
    """A body cannot be unpacked: broken, of an unknown coding, or larger than allowed (a bomb)."""


def decode_body(capture: Capture, max_bytes: int = MAX_DECODED) -> bytes:
    """Return the body without its content codings, at most ``max_bytes`` long. Raises ``BodyError``."""
    return decode(capture.body, capture.headers, max_bytes)


def decode(body: bytes, headers: Mapping[str, str], max_bytes: int = MAX_DECODED) -> bytes:
    """Undo the ``content-encoding`` of ``headers`` (names in lower case). A stream cut short gives what it holds."""
    for coding in reversed(_codings(headers)):
        unpack = _UNPACKERS.get(coding)
        if unpack is None:
            raise BodyError(f"The body is coded as '{coding[:40]}', which is not understood.")
        body = unpack(body, max_bytes) if body else body
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def _codings(headers: Mapping[str, str]) -> list[str]:
    names = (name.strip().lower() for name in headers.get("content-encoding", "").split(","))
    codings = [name for name in names if name and name != "identity"]
    if len(codings) > 3:
        raise BodyError("The body claims more than three codings.")
    return codings


def _too_large(max_bytes: int) -> BodyError:
    return BodyError(f"The body unpacks to more than {max_bytes} bytes.")


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    return _inflate(body, max_bytes, zlib.MAX_WBITS | 16)


def _deflate(body: bytes, max_bytes: int) -> bytes:
    # "deflate" means zlib by the standard and raw deflate by some servers.
    try:
        return _inflate(body, max_bytes, zlib.MAX_WBITS)
    except BodyError as error:
        if error.__cause__ is None:
            raise
        return _inflate(body, max_bytes, -zlib.MAX_WBITS)


def _inflate(body: bytes, max_bytes: int, window: int) -> bytes:
    out = bytearray()
    while body:
        stream = zlib.decompressobj(window)
        try:
            out += stream.decompress(body, max_bytes + 1 - len(out))
        except zlib.error as error:
            if out and window == zlib.MAX_WBITS | 16:  # rubbish after the last gzip member: browsers ignore it
                break
            raise BodyError(f"The body is broken: {error}.") from error
        if len(out) > max_bytes:
            raise _too_large(max_bytes)
        body = stream.unused_data if window > zlib.MAX_WBITS else b""
    return bytes(out)


def _unbrotli(body: bytes, max_bytes: int) -> bytes:
    stream = brotli.Decompressor()
    out = bytearray()
    given = body
    try:
        while not stream.is_finished() and len(out) <= max_bytes:
            # Asked again until it gives nothing: what it says of wanting more input does not tell that it is drained.
            chunk, given = stream.process(given, output_buffer_limit=_CHUNK), b""
            if not chunk:
                break
            out += chunk
    except brotli.error as error:
        raise BodyError(f"The body is broken: {error}.") from error
    if not out and not stream.is_finished():
        raise BodyError("The body is broken: it is cut short before its first byte.")
    if len(out) > max_bytes:
        raise _too_large(max_bytes)
    return bytes(out)


def _unzstd(body: bytes, max_bytes: int) -> bytes:
    try:
        zstandard: Any = importlib.import_module("zstandard")  # optional: servers send it rarely, and never asked
    except ImportError:
        raise BodyError("The body is coded as 'zstd', which needs the package zstandard.") from None
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body) as stream:
            out: bytes = stream.read(max_bytes + 1)
    except zstandard.ZstdError as error:
        raise BodyError(f"The body is broken: {error}.") from error
    if len(out) > max_bytes:
        raise _too_large(max_bytes)
    return out


_UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}

"""Just enough DER to read a time-stamp request, and to put the certificates of a reply into the order that DER asks.

OpenSSL's authorities list certificates as they please; strict readers refuse that. No signature covers the list.
"""

from collections.abc import Iterator

_INTEGER, _SEQUENCE, _CONTEXT_0 = 0x02, 0x30, 0xA0


def _parts(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tag, begin, begin of the content, end) of each element in a range. Raises ``ValueError``."""
    at = start
    while at < end:
        if at + 2 > end:
            raise ValueError("cut short")
        tag, size, body = data[at], data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4 or body + count > end:
                raise ValueError("a length of no DER")
            size, body = int.from_bytes(data[body : body + count], "big"), body + count
        if body + size > end:
            raise ValueError("cut short")
        yield tag, at, body, body + size
        at = body + size


def _child(data: bytes, start: int, end: int, tag: int, number: int) -> tuple[int, int]:
    """Return the content of element ``number`` in a range, which must have the tag."""
    for at, (found, _, body, stop) in enumerate(_parts(data, start, end)):
        if at == number:
            if found != tag:
                raise ValueError("an element of another kind")
            return body, stop
    raise ValueError("an element is missing")


def request_parts(request: bytes) -> tuple[bytes, int | None]:
    """Return the digest and the nonce of a TimeStampReq. Raises ``ValueError``."""
    body = _child(request, 0, len(request), _SEQUENCE, 0)
    imprint = _child(request, *body, _SEQUENCE, 1)
    digest = _child(request, *imprint, 0x04, 1)
    numbers = [(start, stop) for tag, _, start, stop in _parts(request, *body) if tag == _INTEGER][1:]
    nonce = int.from_bytes(request[slice(*numbers[0])], "big", signed=True) if numbers else None
    return request[slice(*digest)], nonce


def in_order(reply: bytes) -> bytes:
    """Return a TimeStampResp with its certificates in DER's order; a refusal, or what is no reply, as it is."""
    try:
        body = _child(reply, 0, len(reply), _SEQUENCE, 0)
        token = _child(reply, *body, _SEQUENCE, 1)
        signed = _child(reply, *_child(reply, *token, _CONTEXT_0, 1), _SEQUENCE, 0)
        start, end = _child(reply, *signed, _CONTEXT_0, 3)
        certificates = [reply[begin:stop] for _, begin, _, stop in _parts(reply, start, end)]
    except ValueError:
        return reply
    return reply[:start] + b"".join(sorted(certificates)) + reply[end:]

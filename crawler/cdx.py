"""The index of a WARC file (CDXJ), and the key it is sorted by (SURT, as the Internet Archive's tools write it)."""

import json
import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

#: What stays as it is in a path or query; all else is percent-encoded.
_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"


#: Arguments that name a visit and not a page.
_VISIT = re.compile(r"(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}")


def surt(url: str) -> str:
    """Return ``vn,example)/path?a=1&b=2`` for an address; addresses that differ in spelling only get one key."""
    parts = urlsplit(url.strip())
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url.lower()
    if not host or parts.scheme.lower() not in _DEFAULT_PORTS:
        return url.lower()
    name = re.sub(r"^www\d*\.", "", _ascii(host))
    turned = name if ":" in name else ",".join(reversed(name.split(".")))
    shown_port = f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme.lower()] else ""
    query = _query(_plain(parts.query))
    return f"{turned}{shown_port}){_path(_plain(parts.path))}{'?' + query if query else ''}"


def _ascii(host: str) -> str:
    try:
        return host.lower().strip(".").encode("idna").decode()
    except UnicodeError:
        return quote(host.lower())


def _path(path: str) -> str:
    kept: list[str] = []
    for step in path.split("/"):
        if step == "..":
            kept = kept[:-1]
        elif step not in ("", "."):
            kept.append(step)
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    arguments = [argument for argument in query.split("&") if not _VISIT.fullmatch(argument)]
    return "&".join(sorted(arguments, key=lambda argument: argument.split("=", 1)))


def _plain(text: str) -> str:
    """Undo percent-encoding as often as it was done, encode once what needs it, in lower case."""
    data = text.encode("utf-8", "surrogatepass")
    for _ in range(10):
        again = unquote_to_bytes(data)
        if again == data:
            break
        data = again
    return quote(data, safe=_SAFE).lower()


def index_line(record: Any, warc: str, offset: int, length: int) -> str:
    """Return one line of CDXJ: key, 14 digits of time, what the record holds and where it lies."""
    headers, http = record.rec_headers, record.http_headers
    url = headers.get_header("WARC-Target-URI")
    at = "".join(char for char in headers.get_header("WARC-Date") if char.isdigit())[:14]
    content_type = (http.get_header("Content-Type") if http else headers.get_header("Content-Type")) or "unk"
    fields = {
        "url": url,
        "mime": "warc/revisit" if record.rec_type == "revisit" else content_type.split(";")[0].strip() or "unk",
        "status": http.get_statuscode() if http else "200",
        "digest": headers.get_header("WARC-Payload-Digest") or "-",
        "length": str(length),
        "offset": str(offset),
        "filename": warc,
    }
    return f"{surt(url)} {at} {json.dumps(fields)}"

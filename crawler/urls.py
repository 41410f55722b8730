"""Addresses: one spelling per page, which hosts belong to a source, what is not worth asking for."""

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

#: Longer addresses are traps or mistakes (characters; browsers and servers stop near this too).
MAX_URL = 2_000

#: Query parameters that name a visitor or a campaign, never a page.
_VISITOR = re.compile(
    r"(?:utm_\w+|phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|sessionid|session_id|sid|fbclid|gclid|dclid"
    r"|gbraid|wbraid|msclkid|yclid|zanpid|ttclid|mc_cid|mc_eid|_ga|_gl|igshid)",
    re.IGNORECASE,
)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)

#: What no reader of text needs: pictures, films, archives, programs, office files, style and code.
_NOT_TEXT = re.compile(
    r"7z|aac|apk|avi|avif|bin|bmp|bz2|css|csv|dmg|docx?|dwg|eot|epub|exe|flac|flv|gif|gz|heic|ico|iso|jar|jpe?g|js|m4[av]"
    r"|map|mjs|mkv|mov|mp[34]|mpe?g|msi|od[pst]|og[gv]|otf|pdf|png|pptx?|psd|rar|svg|swf|tar|tgz|tiff?|ttf|wav|webm|webp"
    r"|wma|wmv|woff2?|xlsx?|xz|zip",
    re.IGNORECASE,
)

_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical(url: str, base: str = "") -> str:
    """Return the one spelling of an http(s) address, or ``""`` where there is none.

    Host in lower case (IDNA), usual port, fragment, user name, visitor and campaign parameters dropped, dot segments
    resolved. The order of the query is kept: it may matter.
    """
    try:
        joined = urljoin(base, url.strip())
        parts = urlsplit(safe_url_string(joined))
        port = parts.port
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not re.fullmatch(r"[\w.\-:\[\]~%]+", parts.hostname):
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".").lower()
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    clean = urlunsplit((parts.scheme, netloc, _path(parts.path), _query(parts.query), ""))
    return clean if host and len(clean) <= MAX_URL else ""


def _path(path: str) -> str:
    return urlsplit(urljoin("http://x/", "/" + _PATH_SESSION.sub("", path).lstrip("/"))).path or "/"


def _query(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not _VISITOR.fullmatch(part.partition("=")[0]))


def host_key(url: str) -> str:
    """Return host, or host:port where the port is not the usual one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))
    return host if usual else f"{host}:{parts.port}"


def within(url: str, hosts: Iterable[str]) -> bool:
    """Say whether an address belongs to one of ``hosts`` (or a subdomain of it; ``www.`` does not count)."""
    key = host_key(url).removeprefix("www.")
    return any(key == host or key.endswith(f".{host}") for host in (h.removeprefix("www.") for h in hosts))


def is_trap(url: str) -> bool:
    """Say whether an address repeats itself as endless calendars and broken relative links do."""
    segments = [part for part in urlsplit(url).path.split("/") if part]
    return len(segments) > 25 or any(segments.count(part) > 3 for part in set(segments))


def is_text(url: str) -> bool:
    """Say whether an address looks like a document to read (by its ending)."""
    name = urlsplit(url).path.rpartition("/")[2]
    return "." not in name or not _NOT_TEXT.fullmatch(name.rpartition(".")[2])

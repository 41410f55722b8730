"""Which addresses may be asked: public ones, and private ones only where the user named them (against SSRF). Pure."""

import ipaddress
from urllib.parse import urlsplit

from crawler.sources import Source
from crawler.urls import host_key

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class RefusedAddressError(Exception):
    """A request that must not be sent; the message says why."""


def needs_lookup(url: str, source: Source) -> bool:
    """Say whether the host's network address must be looked at. Raises ``RefusedAddressError`` for other schemes.

    It need not where the user named the host, or where the source's own proxy makes the connection.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise RefusedAddressError(f"refused: '{urlsplit(url).scheme}:' addresses are never asked")
    return not source.proxy and host_key(url) not in source.named_hosts


def refuse_private(host: str, address: str) -> None:
    """Raise ``RefusedAddressError`` where ``address`` (what ``host`` resolves to) is not a public one."""
    try:
        ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        raise RefusedAddressError(f"refused: {host} resolves to '{address}', which is no network address") from None
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        raise RefusedAddressError(
            f"refused: {host} is the private address {ip}; name it in the source's start or domains to allow it"
        )


def _unwrapped(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 address wraps (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip

"""Rules for stream addresses: which may be opened, and which parts may be shown.

An admin supplies the address, but a server inside the installation opens it. It must not reach
targets that only that server can see, such as its loopback interface or the cloud's metadata
service, and it must not read a file.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import SplitResult, urlsplit, urlunsplit

from apps.runtime.errors import SourceError
from apps.runtime.logs import mask

__all__ = [
    "SCHEMES",
    "check",
    "host_and_port",
    "inherit",
    "refusal",
    "resolve",
    "shown",
    "without_credentials",
]

#: Network protocols that may be opened.
SCHEMES = ("rtsp", "rtsps", "http", "https")

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_MASKED = "***"
_METADATA = (
    ipaddress.ip_network("100.100.100.200/32"),
    ipaddress.ip_network("192.0.0.192/32"),
    ipaddress.ip_network("fd00:ec2::254/128"),
    ipaddress.ip_network("fd20:ce::254/128"),
)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def _split(address: str) -> SplitResult:
    if _CONTROL.search(address):
        raise SourceError("The address has spaces or control characters: percent-encode them")
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError as error:
        raise SourceError("The address is malformed: write rtsp://host[:port]/path") from error
    if parts.scheme.lower() not in SCHEMES:
        raise SourceError(f"The address must begin with one of {', '.join(SCHEMES)}, then ://")
    if not parts.hostname:
        raise SourceError("The address has no host: write rtsp://host[:port]/path")
    return parts


def host_and_port(address: str) -> tuple[str, int]:
    """Host and port of an address; the port of the scheme if the address has none.

    Raises:
        SourceError: it is malformed, or its scheme is not one of `SCHEMES`.
    """
    parts = _split(address)
    return str(parts.hostname), parts.port or _PORTS[parts.scheme.lower()]


def resolve(host: str, port: int) -> list[str]:
    """Every IP address of a host name. Blocks while it asks the name servers.

    Raises:
        SourceError: the name has no IP address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError(f"The host {host} is unknown: check its name") from error
    return sorted({str(entry[4][0]) for entry in found})


def check(
    address: str, allow: Sequence[str] = (), lookup: Callable[[str, int], Iterable[str]] = resolve
) -> None:
    """Resolve an address and refuse it unless it may be opened. Call this before every opening.

    Raises:
        SourceError: the address is malformed, its host is unknown, or it must not be opened.
    """
    host, port = host_and_port(address)
    reason = refusal(host, lookup(host, port), allow)
    if reason:
        raise SourceError(reason)


def refusal(host: str, resolved: Iterable[str], allow: Sequence[str] = ()) -> str:
    """Why a host must not be opened; empty if it may be opened.

    Args:
        host: as written in the address.
        resolved: every IP address of the host.
        allow: hosts and CIDR networks that are exempt from the check.
    """
    if host.lower() in {item.lower() for item in allow}:
        return ""
    networks = list(_networks(allow))
    for text in resolved:
        ip = _plain(text)
        if any(ip in network for network in networks if network.version == ip.version):
            continue
        kind = _forbidden(ip)
        if kind:
            return (
                f"{host} is {kind} and is not opened. "
                "To allow it, add it to EI_ALLOW_ADDRESSES of the gateway"
            )
    return ""


def _networks(allow: Sequence[str]) -> Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for item in allow:
        try:
            yield ipaddress.ip_network(item, strict=False)
        except ValueError:
            continue  # a host name: compared in `refusal`


def _plain(text: str) -> Ip:
    ip = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        return inner or ip
    return ip


def _forbidden(ip: Ip) -> str:
    if ip.is_loopback:
        return "this machine itself"
    if any(ip in network for network in _METADATA if network.version == ip.version):
        return "a metadata service"
    if ip.is_link_local:
        return "a link-local address"
    if ip.is_unspecified or ip.is_multicast or ip.is_reserved:
        return "a multicast, reserved or unspecified address"
    return ""


def without_credentials(source: str) -> str:
    """The source for every user: without user name, password and secret parameters."""
    text = mask(source)
    return text.replace(f"://{_MASKED}@", "://")


def shown(source: str) -> str:
    """The source for admins: with the user name, without password and secret parameters."""
    try:
        parts = _split(source)
    except SourceError:
        return mask(source)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{parts.username}@{host}" if parts.username else host
    return _mask_parameters(urlunsplit(parts._replace(netloc=netloc)))


def _mask_parameters(address: str) -> str:
    """The address with the values of secret parameters masked."""
    head, mark, rest = address.partition("?")
    return head + mask(mark + rest) if mark else address


def inherit(new: str, old: str) -> str:
    """The new address, completed with secrets of the old one that it leaves out.

    The password and masked parameters are copied only if scheme, user, host and port are equal, so
    that a secret is never sent to another host.
    """
    try:
        fresh, before = _split(new), _split(old)
    except SourceError:
        return new
    same = (
        fresh.scheme.lower() == before.scheme.lower()
        and host_and_port(new) == host_and_port(old)
        and fresh.username == before.username
    )
    if not same:
        return new
    netloc = fresh.netloc if fresh.password is not None else before.netloc
    query = before.query if fresh.query == _mask_parameters(f"?{before.query}")[1:] else fresh.query
    return urlunsplit(fresh._replace(netloc=netloc, query=query))

"""Which addresses a stream may have, and what of an address may be shown.

An address comes from an admin, but what it opens is opened by our machines, from inside: it must
not reach what only they can see (their own loopback, the cloud's metadata service), nor a file.
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

#: What may be opened over a network.
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
        raise SourceError("the address has spaces or control characters: percent-encode them")
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError as error:
        raise SourceError("the address is malformed: write rtsp://host[:port]/path") from error
    if parts.scheme.lower() not in SCHEMES:
        raise SourceError(f"the address must begin with {', '.join(SCHEMES)} and ://")
    if not parts.hostname:
        raise SourceError("the address names no host")
    return parts


def host_and_port(address: str) -> tuple[str, int]:
    """Host and port that the address opens.

    Raises:
        SourceError: it is malformed, or its scheme is not one of `SCHEMES`.
    """
    parts = _split(address)
    return str(parts.hostname), parts.port or _PORTS[parts.scheme.lower()]


def resolve(host: str, port: int) -> list[str]:
    """Every IP address that a host name stands for; asks the network, so it may take a while.

    Raises:
        SourceError: it stands for none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError(f"the host {host} is not known") from error
    return sorted({str(entry[4][0]) for entry in found})


def check(
    address: str,
    allow: Sequence[str] = (),
    lookup: Callable[[str, int], Iterable[str]] = resolve,
) -> None:
    """Look an address up and refuse it unless it may be opened; call it before every opening.

    Raises:
        SourceError: it is malformed, unknown, or must not be opened; the text says which.
    """
    host, port = host_and_port(address)
    reason = refusal(host, lookup(host, port), allow)
    if reason:
        raise SourceError(reason)


def refusal(host: str, resolved: Iterable[str], allow: Sequence[str] = ()) -> str:
    """Why a host must not be opened; empty when it may.

    Args:
        host: as the address names it.
        resolved: every IP address that it stands for.
        allow: hosts and CIDR networks that may be opened all the same.
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
                f"{host} is {kind} and is not opened: "
                "add it to EI_ALLOW_ADDRESSES of the gateway if it is meant"
            )
    return ""


def _networks(allow: Sequence[str]) -> Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for item in allow:
        try:
            yield ipaddress.ip_network(item, strict=False)
        except ValueError:
            continue  # a host name, compared above


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
        return "no address of a camera"
    return ""


def without_credentials(source: str) -> str:
    """The source as everybody may see it: no user, no password, no secret parameters."""
    text = mask(source)
    return text.replace(f"://{_MASKED}@", "://")


def shown(source: str) -> str:
    """The source as an admin sees it: the user stays, password and secret parameters do not."""
    try:
        parts = _split(source)
    except SourceError:
        return mask(source)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{parts.username}@{host}" if parts.username else host
    return _mask_parameters(urlunsplit(parts._replace(netloc=netloc)))


def _mask_parameters(address: str) -> str:
    """The address without the values of parameters that hold secrets."""
    head, mark, rest = address.partition("?")
    return head + mask(mark + rest) if mark else address


def inherit(new: str, old: str) -> str:
    """The new address, with the secrets of the old one where it leaves them out.

    A password and masked parameters are taken over only while scheme, user, host and port are the
    same: a secret never follows an address elsewhere.
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

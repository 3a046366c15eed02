"""Rate limit of failed sign-ins, per client address."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque

__all__ = ["Attempts"]

_FAILURES = 5
_SECONDS = 60.0
#: Addresses kept at most; the one without a failure for longest is dropped first.
_ADDRESSES = 4096


class Attempts:
    """Failures of the last minute, by IPv4 address or IPv6 /64 network."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Seconds that this address must wait before its next attempt; 0 to continue at once."""
        failures = self._failures.get(_network(address))
        if failures is None:
            return 0.0
        while failures and now - failures[0] >= _SECONDS:
            failures.popleft()
        return _SECONDS - (now - failures[0]) if len(failures) >= _FAILURES else 0.0

    def failed(self, address: str, now: float) -> None:
        """Record a failure."""
        network = _network(address)
        failures = self._failures.setdefault(network, deque(maxlen=_FAILURES))
        failures.append(now)
        self._failures.move_to_end(network)
        while len(self._failures) > _ADDRESSES:
            self._failures.popitem(last=False)


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, 64), strict=False))

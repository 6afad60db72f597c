"""Where a request comes from, and whether that is somewhere its sender may be."""

import ipaddress
from functools import lru_cache

from executor.core.sender.model import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_allowed(address: str | None, networks: tuple[Network, ...] | None) -> bool:
    """The address is read even if it does not matter, so that this takes as long for an unknown sender."""
    parsed = _parsed(address or "")
    return networks is None or (parsed is not None and any(parsed in network for network in networks))


@lru_cache(maxsize=256)
def _parsed(address: str) -> Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed

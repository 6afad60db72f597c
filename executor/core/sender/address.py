"""Where a request comes from, and whether that is somewhere its sender may be."""

import ipaddress

from executor.core.sender.model import Network


def is_allowed(address: str | None, networks: tuple[Network, ...] | None) -> bool:
    """The address is read even if it does not matter, so that this takes as long for an unknown sender."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return networks is None
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return networks is None or any(mapped in network for network in networks)

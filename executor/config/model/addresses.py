"""Addresses in config.yaml: of the exchange, of the ledger, and of those who send alerts."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import SecretStr

from executor.config.model.scalars import Written, wrong

IpNetwork = IPv4Network | IPv6Network

NAMED_NETWORKS: dict[str, tuple[str, ...]] = {
    # TradingView, "How to configure webhook alerts": the addresses its webhooks come from
    "tradingview": ("52.89.214.238", "34.212.75.30", "54.218.53.128", "52.32.178.7"),
}
_LEDGER = re.compile(r"sqlite:///(?!:memory:)[^?]+|postgresql(\+psycopg)?://\S+")


def networks(names: Iterable[str]) -> tuple[IpNetwork, ...]:
    """The networks that names and CIDRs stand for."""
    return tuple(ip_network(cidr) for name in names for cidr in NAMED_NETWORKS.get(name, (name,)))


def _network(value: str) -> str:
    if value in NAMED_NETWORKS:
        return value
    try:
        return str(_unmapped(ip_network(value)))
    except ValueError:
        known = ", ".join(NAMED_NETWORKS)
    raise wrong(f"is not a network: write a known name ({known}), an address, or a range such as 10.0.0.0/8")


def _unmapped(network: IpNetwork) -> IpNetwork:
    """An IPv4 network that is written as IPv6 (::ffff:10.0.0.0/104), as IPv4: addresses are compared like that."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return IPv4Network((mapped, network.prefixlen - 96)) if mapped and network.prefixlen >= 96 else network


def _base_url(value: str) -> str:
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        raise wrong("is not an address: write https://api.bitget.com") from None
    if not value.isascii() or not value.isprintable() or " " in value:
        raise wrong("holds a character that no request can carry: write the host as xn--…, and anything else as %…")
    if not host or url.scheme not in {"http", "https"} or url.query or url.fragment:
        raise wrong("is not an address: write https://api.bitget.com")
    if url.username or url.password:
        raise wrong("holds a user name or password: leave them out")
    if url.scheme == "http" and not is_loopback(host):
        raise wrong("would send orders in the clear: write https:// (plain http is for this machine only)")
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _ledger(value: str) -> str:
    try:
        readable = _LEDGER.fullmatch(value) and urlsplit(value).port != 0  # reading a port that is no number raises
    except ValueError:
        readable = False
    if not readable:
        raise wrong("is not a ledger: write sqlite:///executor.db or postgresql+psycopg://user:password@host/name")
    return value


_TEXT = {"type": "string"}
Network = Annotated[str, Written("a network", _network, _TEXT)]
BaseUrl = Annotated[str, Written("an address", _base_url, _TEXT)]
LedgerUrl = Annotated[SecretStr, Written("a ledger's URL", _ledger, _TEXT)]

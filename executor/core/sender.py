"""Who sent an alert: proven by a secret in the body, the path or the Authorization header, before anything is read."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from executor.core.alert import MISSING, Fields, Format, Undecodable, decode, lookup
from executor.errors import AlertRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
REDACTED = "<secret>"


class NotAuthenticated(AlertRefused):
    """One and the same sentence whatever was wrong, so that it teaches a stranger nothing."""

    status = 401

    def __init__(self) -> None:
        super().__init__("the sender, its secret or its address is not one that config.yaml accepts")


class Way(StrEnum):
    """Where a secret was found."""

    BODY = "body"
    PATH = "path"
    BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody who may send alerts. `networks` None means from anywhere; `secret_field` may be a dotted path."""

    name: str
    secrets: tuple[str, ...] = field(repr=False)
    secret_field: str | None
    networks: tuple[Network, ...] | None
    format: Format


@dataclass(frozen=True, slots=True)
class Presented:
    """What came beside the body. `address` is the client's, as far as trusted proxies tell it."""

    path_secret: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A proven sender's fields without the credential; which of its secrets (from 0) proved it, and where it stood."""

    fields: Fields
    secret_index: int
    way: Way


# Compared against when there is no such sender, so that its absence takes the same time to find out.
_NOBODY = Sender("nobody", ("\0" * 32,), "secret", None, Format.AUTO)


def authenticate(sender: Sender | None, body: bytes, presented: Presented) -> Proven:
    """The proven fields. Raises NotAuthenticated; Undecodable only to a sender that path or header have proven."""
    known = sender or _NOBODY
    fields, fault = _decoded(body, known.format)
    in_body = lookup(fields, known.secret_field) if known.secret_field else MISSING
    shown = {
        Way.BODY: in_body if isinstance(in_body, str) else None,
        Way.PATH: presented.path_secret,
        Way.BEARER: presented.bearer,
    }
    digests = [_digest(secret) for secret in known.secrets]
    matches = {way: _match(secret, digests) for way, secret in shown.items()}
    way = next((way for way, index in matches.items() if index is not None), None)
    allowed = _address_allowed(known.networks, presented.address)
    if sender is None or way is None or not allowed:
        raise NotAuthenticated
    if fault:
        raise fault
    index = matches[way]
    return Proven(without_secrets(fields, sender), 0 if index is None else index, way)


def _decoded(body: bytes, format: Format) -> tuple[Fields, Undecodable | None]:
    try:
        return decode(body, format), None
    except Undecodable as fault:
        return {}, fault


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def _match(shown: str | None, digests: list[bytes]) -> int | None:
    """Which secret it is. Every one is compared, found or not, in a time that depends on none of them."""
    mine = _digest(shown or "")
    same = [hmac.compare_digest(mine, digest) for digest in digests]
    return same.index(True) if any(same) and shown else None


def _address_allowed(networks: tuple[Network, ...] | None, address: str | None) -> bool:
    if networks is None:
        return True
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(mapped in network for network in networks)


def without_secrets(fields: Fields, sender: Sender) -> Fields:
    """A proven sender's fields as rules may see them."""
    cleaned = _redacted(fields, frozenset(sender.secrets))
    return _without(cleaned, sender.secret_field) if sender.secret_field else cleaned


def _redacted(value: Any, secrets: frozenset[str]) -> Any:
    """The same value with every text that holds a valid secret replaced."""
    if isinstance(value, str):
        return REDACTED if any(secret in value for secret in secrets) else value
    if isinstance(value, Mapping):
        return {_redacted(key, secrets): _redacted(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, secrets) for item in value]
    return value


def _without(fields: Fields, path: str) -> Fields:
    """The fields without what `lookup` finds at the path."""
    if path in fields:
        return {key: value for key, value in fields.items() if key != path}
    head, dot, rest = path.partition(".")
    inner = fields.get(head) if dot else None
    return {**fields, head: _without(inner, rest)} if isinstance(inner, Mapping) else fields

"""Who sent an alert: proven by a secret in the body, the path or the Authorization header, before anything is read."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
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
        Way.BODY: _as_text(in_body),
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


def _as_text(value: Any) -> str | None:
    """Text, or a number as its digits: a secret of digits may stand without quotes."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if isinstance(value, str) else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def _match(shown: str | None, digests: list[bytes]) -> int | None:
    """Which secret it is. Every one is compared, found or not, in a time that depends on none of them."""
    mine = _digest(shown or "")
    same = [hmac.compare_digest(mine, digest) for digest in digests]
    return same.index(True) if any(same) and shown else None


def _address_allowed(networks: tuple[Network, ...] | None, address: str | None) -> bool:
    """The address is read even if it does not matter, so that this takes as long for an unknown sender."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return networks is None
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return networks is None or any(mapped in network for network in networks)


def without_secrets(fields: Fields, sender: Sender) -> Fields:
    """A proven sender's fields as rules may see them."""
    cleaned = _redacted(fields, sender.secrets)
    return _without(cleaned, sender.secret_field) if sender.secret_field else cleaned


def _redacted(value: Any, secrets: tuple[str, ...]) -> Any:
    """The same value with every text or number that holds a valid secret replaced."""
    text = _as_text(value)
    if text is not None:
        return REDACTED if _holds_any(text, secrets) else value
    if isinstance(value, Mapping):
        return {_redacted(key, secrets): _redacted(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, secrets) for item in value]
    return value


def _holds_any(text: str, secrets: tuple[str, ...]) -> bool:
    for secret in secrets:  # noqa: SIM110  # any() over a generator takes three times as long, for every field
        if secret in text:
            return True
    return False


def _without(fields: Fields, path: str) -> Fields:
    """The fields without what `lookup` finds at the path. A list's entry leaves its place behind."""
    if path in fields:
        return {key: value for key, value in fields.items() if key != path}
    head, _, rest = path.partition(".")
    inner = fields.get(head)
    if isinstance(inner, Mapping):
        return {**fields, head: _without(inner, rest)}
    if isinstance(inner, list) and lookup(inner, rest) is not MISSING:
        entries = _without({str(index): entry for index, entry in enumerate(inner)}, rest)
        return {**fields, head: [entries.get(str(index)) for index in range(len(inner))]}
    return fields

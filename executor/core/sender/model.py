"""Who may send alerts, and what a request shows to prove that it comes from one of them."""

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum

from executor.core.alert import Fields, Format
from executor.core.sender.certificate import Certificate, CertificateRule
from executor.errors import AlertRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotAuthenticated(AlertRefused):
    """The same sentence for every reason, so that a stranger learns nothing from it.

    For the log alone: `elsewhere`, the proof was right, the address or the certificate was not; `outside`, the address
    is in none of the sender's networks, so that a proof in the body was not looked for.
    """

    status = 401

    def __init__(self, elsewhere: bool = False, outside: bool = False) -> None:
        self.elsewhere, self.outside = elsewhere, outside
        super().__init__("the sender, its secret, its address or its certificate is not one that config.yaml accepts")


class Way(StrEnum):
    """A way to prove a sender: where its secret stands, or that it has signed the request."""

    BODY = "body"
    PATH = "path"
    BEARER = "bearer"
    SIGNATURE = "signature"


ALL_WAYS = frozenset(Way)


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender of alerts. `networks` None means from anywhere; `secret_field` may be a dotted path.

    Those of its secrets that begin with `whsec_` sign and are never shown; the others are shown in `accept`ed places.
    `certificate` is required beside a secret, never instead of one. `foreign_secrets` belong to other senders and to
    accounts: a person may have left them in its alerts.
    """

    name: str
    secrets: tuple[str, ...] = field(repr=False)
    secret_field: str | None
    networks: tuple[Network, ...] | None
    format: Format
    accept: frozenset[Way] = ALL_WAYS
    certificate: CertificateRule | None = None
    foreign_secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """The headers of a signed request (Standard Webhooks), as they came."""

    message_id: str
    timestamp: str
    signatures: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """What came beside the body. `address` and `certificate` are what trusted proxies tell."""

    path_secret: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    address: str | None = None
    signed: Signed | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A proven sender's fields without the credential; which of its secrets (from 0) proved it, and in which way.

    `message_id` is what a signed request is known by when it comes again.
    """

    fields: Fields
    secret_index: int
    way: Way
    message_id: str | None = None

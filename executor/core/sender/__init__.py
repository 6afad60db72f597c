"""Senders: who may send alerts, and how each is proven before anything of an alert is read.

Read `model` (a sender, and what a request shows) and `proof` (one function, in equal time for right and wrong secrets).
`address`, `certificate` and `signature` each judge one kind of proof; `redaction` takes every secret out of the fields
before rules, the ledger or a log see them.
"""

from executor.core.sender.certificate import Certificate, CertificateRule
from executor.core.sender.model import (
    Network,
    NotAuthenticated,
    Presented,
    Proven,
    Sender,
    Signed,
    Way,
)
from executor.core.sender.proof import authenticate, stand_in
from executor.core.sender.redaction import without_secrets
from executor.core.sender.signature import is_signing

__all__ = [
    "Certificate",
    "CertificateRule",
    "Network",
    "NotAuthenticated",
    "Presented",
    "Proven",
    "Sender",
    "Signed",
    "Way",
    "authenticate",
    "is_signing",
    "stand_in",
    "without_secrets",
]

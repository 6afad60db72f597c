"""Proves who sent an alert, by any way its sender accepts, before anything of it is read.

The address and the proofs beside the body come first, because decoding a body costs most. Every proof is tried against
every secret, and what is decoded never depends on one: of a sender, right and wrong secrets take the same time, from a
wrong address as from a right one. That time depends on the sender's networks, format and number of secrets, so an
unknown sender is judged like one that is known.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from executor.core.alert import MISSING, Fields, Format, Undecodable, decode, lookup
from executor.core.sender.address import is_allowed
from executor.core.sender.model import NotAuthenticated, Presented, Proven, Sender, Way
from executor.core.sender.redaction import as_text, without_secrets
from executor.core.sender.signature import is_signing, signed_with

_UNKNOWN = Sender("unknown", ("\0" * 32,), "secret", None, Format.AUTO)
_ORDER = (Way.SIGNATURE, Way.BODY, Way.PATH, Way.BEARER)
_AT_ONCE: AbstractContextManager[None] = nullcontext()


def authenticate(
    sender: Sender | None,
    body: bytes,
    presented: Presented,
    now: datetime,
    instead: Sender = _UNKNOWN,
    reading: AbstractContextManager[None] = _AT_ONCE,
) -> Proven:
    """The proven fields. Raises NotAuthenticated; Undecodable only to a sender proven by something beside the body.

    If there is no such sender, as much is done as for `instead`, and refused. A body is decoded only if it can still
    decide: not from a wrong address, and not for a sender that must prove itself beside it. `reading` is entered for a
    body that nothing beside it proves.
    """
    known = sender or instead
    digests = [_digest(secret) for secret in known.secrets]
    proofs = _beside_the_body(known, digests, body, presented, now)
    before = _first(proofs, known)
    allowed = is_allowed(presented.address, known.networks)
    certified = known.certificate is None or known.certificate.holds(presented.certificate, now)
    if not allowed or (before is None and Way.BODY not in known.accept):
        raise NotAuthenticated(elsewhere=sender is not None and before is not None, outside=not allowed)
    with _AT_ONCE if before and certified else reading:
        fields, fault = _decoded(body, known.format)
    in_body = lookup(fields, known.secret_field) if known.secret_field else MISSING
    proofs[Way.BODY] = _match(as_text(in_body), digests)
    way = _first(proofs, known)
    if sender is None or way is None or not certified:
        raise NotAuthenticated(elsewhere=sender is not None and way is not None)
    if fault:
        raise fault
    signed = presented.signed if way is Way.SIGNATURE else None
    return Proven(without_secrets(fields, sender), proofs[way] or 0, way, signed.message_id if signed else None)


def stand_in(name: str, senders: Iterable[Sender]) -> Sender:
    """The sender that an unknown one is judged like: of a name always the same, which only the secrets tell."""

    def rank(sender: Sender) -> bytes:
        key = sender.secrets[0].encode(errors="surrogatepass")
        return hmac.digest(key, name.encode(errors="surrogatepass"), "sha256")

    return max(senders, key=rank)


def _beside_the_body(
    sender: Sender, digests: list[bytes], body: bytes, presented: Presented, now: datetime
) -> dict[Way, int | None]:
    """For each way to prove a sender without decoding its body, which secret it proves."""
    signed = presented.signed
    return {
        Way.SIGNATURE: signed_with(sender.secrets, signed, body, now) if signed else None,
        Way.PATH: _match(presented.path_secret, digests),
        Way.BEARER: _match(presented.bearer, digests),
    }


def _first(proofs: Mapping[Way, int | None], sender: Sender) -> Way | None:
    """The way that counts. A signature first: only it tells a request from a repetition of it."""
    return next((way for way in _ORDER if proofs.get(way) is not None and way in sender.accept), None)


def _decoded(body: bytes, format: Format) -> tuple[Fields, Undecodable | None]:
    try:
        return decode(body, format), None
    except Undecodable as fault:
        return {}, fault


def _digest(secret: str) -> bytes:
    """Nothing shown has the digest of a secret that signs."""
    return b"" if is_signing(secret) else hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def _match(shown: str | None, digests: list[bytes]) -> int | None:
    """Which secret it is. Every one is compared, found or not, in a time that depends on none of them."""
    mine = hashlib.sha256((shown or "").encode(errors="surrogatepass")).digest()
    same = [hmac.compare_digest(mine, digest) for digest in digests]
    return same.index(True) if any(same) and shown else None

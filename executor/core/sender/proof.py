"""Proves who sent an alert, by any way its sender accepts, before anything of it is read.

Every proof that the request could hold is tried against every secret, and the address is judged, whatever the outcome:
an unknown sender, a wrong secret and a wrong address take the same time. That depends on the sender's format and number
of secrets, so an unknown one is judged like one that is known.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from executor.core.alert import MISSING, Fields, Format, Undecodable, decode, lookup
from executor.core.sender.address import is_allowed
from executor.core.sender.model import NotAuthenticated, Presented, Proven, Sender, Way
from executor.core.sender.redaction import as_text, without_secrets
from executor.core.sender.signature import is_signing, signed_with

_NOBODY = Sender("nobody", ("\0" * 32,), "secret", None, Format.AUTO)


def authenticate(
    sender: Sender | None, body: bytes, presented: Presented, now: datetime, instead: Sender = _NOBODY
) -> Proven:
    """The proven fields. Raises NotAuthenticated; Undecodable only to a sender proven by something beside the body.

    If there is no such sender, as much is done as for `instead`, and refused.
    """
    known = sender or instead
    fields, fault = _decoded(body, known.format)
    proofs = _proofs(known, fields, body, presented, now)
    way = next((way for way, index in proofs.items() if index is not None and way in known.accept), None)
    allowed = is_allowed(presented.address, known.networks)
    certified = known.certificate is None or known.certificate.holds(presented.certificate, now)
    if sender is None or way is None or not allowed or not certified:
        raise NotAuthenticated(elsewhere=sender is not None and way is not None)
    if fault:
        raise fault
    signed = presented.signed if way is Way.SIGNATURE else None
    return Proven(without_secrets(fields, sender), proofs[way] or 0, way, signed.message_id if signed else None)


def stand_in(name: str, senders: Iterable[Sender]) -> Sender:
    """Whom an unknown sender is judged like: of a name always the same, and nobody without the secrets knows whom."""

    def lot(sender: Sender) -> bytes:
        key = sender.secrets[0].encode(errors="surrogatepass")
        return hmac.digest(key, name.encode(errors="surrogatepass"), "sha256")

    return max(senders, key=lot)


def _proofs(sender: Sender, fields: Fields, body: bytes, presented: Presented, now: datetime) -> dict[Way, int | None]:
    """For each way, which secret it proves. A signature first: only it tells a request from a repetition of it."""
    digests = [_digest(secret) for secret in sender.secrets]
    in_body = lookup(fields, sender.secret_field) if sender.secret_field else MISSING
    signed = presented.signed
    return {
        Way.SIGNATURE: signed_with(sender.secrets, signed, body, now) if signed else None,
        Way.BODY: _match(as_text(in_body), digests),
        Way.PATH: _match(presented.path_secret, digests),
        Way.BEARER: _match(presented.bearer, digests),
    }


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

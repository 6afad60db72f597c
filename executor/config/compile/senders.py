"""`senders` → senders: whether every secret, way, format and certificate can prove one."""

from collections.abc import Mapping, Sequence, Set

from executor.config import secret_strength
from executor.config.complaints import Path, dotted
from executor.config.model import FormatName, PatternFormat, SenderSection, networks
from executor.config.source import Source
from executor.core.alert import Format
from executor.core.sender import Sender, Way, is_signing

SHOWN = {Way.BODY, Way.PATH, Way.BEARER}
_FORMATS: dict[FormatName, Format] = {
    "auto": Format.AUTO,
    "json": Format.JSON,
    "pairs": Format.PAIRS,
    "sentence": Format.SENTENCE,
}


def compile_sender(source: Source, name: str, block: SenderSection, credentials: Set[str]) -> Sender | None:
    """The sender, unless its format cannot be used. `credentials` are the exchange's: never a sender's secret."""
    secrets = tuple(secret.get_secret_value() for secret in block.secrets)
    for at, secret in enumerate(secrets):
        weakness = secret_strength.weakness(secret)
        if secret in credentials:
            weakness = f"it is a credential of an account, and alerts travel in the clear; {secret_strength.MAKE_ONE}"
        if weakness:
            source.complain(("senders", name, "secrets", at), f"this secret cannot be used: {weakness}")
    accept = _accepted(source, name, block, secrets)
    form = _format(source, name, block)
    allowed = None if block.networks is None else networks(block.networks)
    certificate = block.certificate.rule() if block.certificate else None
    return Sender(name, secrets, block.secret_field, allowed, form, accept, certificate) if form else None


def _accepted(source: Source, name: str, block: SenderSection, secrets: Sequence[str]) -> frozenset[Way]:
    """The ways that prove this sender. Each that is written must have a secret, and each secret a way."""
    signing = [is_signing(secret) for secret in secrets]
    possible = {Way.SIGNATURE} if any(signing) else set()
    if not all(signing):
        possible |= SHOWN if block.secret_field else SHOWN - {Way.BODY}
    if block.accept is None:
        return frozenset(possible)
    for at, way in enumerate(block.accept):
        if way not in possible:
            source.complain(("senders", name, "accept", at), f"{way} cannot be used: {_lack(way, block)}")
    for at, signs in enumerate(signing):
        if not ({Way.SIGNATURE} if signs else SHOWN) & set(block.accept):
            place = "signature" if signs else "body, path or bearer"
            source.complain(("senders", name, "secrets", at), f"this secret is never used: accept has no {place}")
    return frozenset(block.accept)


def _lack(way: Way, block: SenderSection) -> str:
    if way is Way.SIGNATURE:
        return f"there is no secret that signs; {secret_strength.MAKE_KEY}"
    return "all secrets of this sender sign" if block.secret_field or way is not Way.BODY else "secret_field is null"


def complain_of_shared(source: Source, blocks: Mapping[str, SenderSection]) -> None:
    """A secret proves one sender. What two have proves neither."""
    first: dict[str, Path] = {}
    for name, block in blocks.items():
        for at, secret in enumerate(block.secrets):
            path: Path = ("senders", name, "secrets", at)
            other = first.setdefault(secret.get_secret_value(), path)
            if other != path:
                source.complain(path, f"this secret is {dotted(other)} as well: give each sender its own")


def _format(source: Source, name: str, block: SenderSection) -> Format | None:
    if not isinstance(block.format, PatternFormat):
        return _FORMATS[block.format]
    try:
        return Format.pattern(block.format.pattern)
    except ValueError as mistake:
        source.complain_quoting(("senders", name, "format", "pattern"), str(mistake))
    return None

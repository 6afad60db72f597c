"""`senders`: who may send alerts, and in which format."""

from collections.abc import Mapping, Sequence, Set
from typing import Annotated, Literal

from pydantic import Discriminator, Field, SecretStr, Tag

from executor.config import strength
from executor.config.complaints import Path, dotted
from executor.config.may import May
from executor.config.places import Network, networks
from executor.config.scalars import Fingerprint, Line
from executor.config.settings import Settings
from executor.config.source import Source
from executor.core.alert import Format
from executor.core.sender import CertificateRule, Way, is_signing
from executor.core.sender import Sender as CoreSender


class PatternFormat(Settings):
    """Alerts are text; a regular expression takes them apart."""

    pattern: Line = Field(description="Matches the whole message; each (?P<name>…) group becomes a field.")


FormatName = Literal["auto", "json", "pairs", "sentence"]
# Tags in parentheses are no part of a complaint's path.
SenderFormat = Annotated[
    Annotated[FormatName, Tag("(name)")] | Annotated[PatternFormat, Tag("(pattern)")],
    Discriminator(lambda value: "(pattern)" if isinstance(value, dict | PatternFormat) else "(name)"),
]


class Certificate(Settings):
    """The client certificate that the sender must show beside its secret."""

    organization: Line = Field(description="The subject's organization (O).")
    email: Line = Field(description="An e-mail address among the subject's alternative names.")
    fingerprints: Annotated[list[Fingerprint], Field(min_length=1)] | None = Field(
        None, description="SHA-256 of those that are accepted. Left out: any with these names, which anybody can make."
    )

    def rule(self) -> CertificateRule:
        return CertificateRule(self.organization, self.email, frozenset(self.fingerprints or ()))


class Sender(Settings):
    """One source of alerts; its name is part of the webhook's URL."""

    secrets: list[SecretStr] = Field(
        min_length=1,
        description="One or more, valid side by side. whsec_…: signs alerts; others are shown in them.",
    )
    secret_field: Line | None = Field("secret", description="Where in the body; a dotted path. null: not in the body.")
    networks: Annotated[list[Network], Field(min_length=1)] | None = Field(
        None, description="Where alerts may come from: tradingview, or CIDRs. Left out: from anywhere."
    )
    accept: Annotated[list[Annotated[Way, Field(strict=False)]], Field(min_length=1)] | None = Field(
        None, description="What proves it: body, path, bearer, signature. Left out: whatever its secrets can do."
    )
    certificate: Certificate | None = Field(
        None, description="Required beside the secret. Needs a proxy that hands it over, and proxies.secret."
    )
    may: May | None = Field(None, description="The rules, accounts and symbols it can reach. Left out: all.")
    format: SenderFormat = Field("auto", description="How alerts are written; auto: whichever of the three fits.")


SHOWN = {Way.BODY, Way.PATH, Way.BEARER}
_FORMATS: dict[FormatName, Format] = {
    "auto": Format.AUTO,
    "json": Format.JSON,
    "pairs": Format.PAIRS,
    "sentence": Format.SENTENCE,
}


def compile_sender(source: Source, name: str, block: Sender, credentials: Set[str]) -> CoreSender | None:
    """The sender, unless its format cannot be used. `credentials` are the exchange's: never a sender's secret."""
    secrets = tuple(secret.get_secret_value() for secret in block.secrets)
    for at, secret in enumerate(secrets):
        weakness = strength.weakness(secret)
        if secret in credentials:
            weakness = f"it is a credential of an account, and alerts travel in the clear; {strength.MAKE_ONE}"
        if weakness:
            source.complain(("senders", name, "secrets", at), f"this secret protects nothing: {weakness}")
    accept = _accepted(source, name, block, secrets)
    form = _format(source, name, block)
    allowed = None if block.networks is None else networks(block.networks)
    certificate = block.certificate.rule() if block.certificate else None
    return CoreSender(name, secrets, block.secret_field, allowed, form, accept, certificate) if form else None


def _accepted(source: Source, name: str, block: Sender, secrets: Sequence[str]) -> frozenset[Way]:
    """The ways that prove this sender. Each that is written must have a secret, and each secret a way."""
    signing = [is_signing(secret) for secret in secrets]
    possible = {Way.SIGNATURE} if any(signing) else set()
    if not all(signing):
        possible |= SHOWN if block.secret_field else SHOWN - {Way.BODY}
    if block.accept is None:
        return frozenset(possible)
    for at, way in enumerate(block.accept):
        if way not in possible:
            source.complain(("senders", name, "accept", at), f"{way} can prove nothing: {_lack(way, block)}")
    for at, signs in enumerate(signing):
        if not ({Way.SIGNATURE} if signs else SHOWN) & set(block.accept):
            place = "signature" if signs else "body, path or bearer"
            source.complain(("senders", name, "secrets", at), f"this secret proves nothing: accept has no {place}")
    return frozenset(block.accept)


def _lack(way: Way, block: Sender) -> str:
    if way is Way.SIGNATURE:
        return f"there is no secret that signs; {strength.MAKE_KEY}"
    return "all secrets of this sender sign" if block.secret_field or way is not Way.BODY else "secret_field is null"


def complain_of_shared(source: Source, blocks: Mapping[str, Sender]) -> None:
    """A secret proves one sender. What two have proves neither."""
    first: dict[str, Path] = {}
    for name, block in blocks.items():
        for at, secret in enumerate(block.secrets):
            path: Path = ("senders", name, "secrets", at)
            other = first.setdefault(secret.get_secret_value(), path)
            if other != path:
                source.complain(path, f"this secret is {dotted(other)} as well: give each sender its own")


def _format(source: Source, name: str, block: Sender) -> Format | None:
    if not isinstance(block.format, PatternFormat):
        return _FORMATS[block.format]
    try:
        return Format.pattern(block.format.pattern)
    except ValueError as mistake:
        source.complain_quoting(("senders", name, "format", "pattern"), str(mistake))
    return None

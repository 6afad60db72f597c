"""`senders`: who may send alerts, and in which format."""

from collections.abc import Set
from typing import Annotated, Literal

from pydantic import Discriminator, Field, SecretStr, Tag

from executor.config import strength
from executor.config.places import Network, networks
from executor.config.scalars import Line
from executor.config.settings import Settings
from executor.config.source import Source
from executor.core.alert import Format
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


class Sender(Settings):
    """One source of alerts; its name is part of the webhook's URL."""

    secrets: list[SecretStr] = Field(
        min_length=1, description="One or more, valid side by side; in the body, the path, or a header."
    )
    secret_field: Line | None = Field("secret", description="Where in the body; a dotted path. null: not in the body.")
    networks: Annotated[list[Network], Field(min_length=1)] | None = Field(
        None, description="Where alerts may come from: tradingview, or CIDRs. Left out: from anywhere."
    )
    format: SenderFormat = "auto"


_FORMATS: dict[FormatName, Format] = {
    "auto": Format.AUTO,
    "json": Format.JSON,
    "pairs": Format.PAIRS,
    "sentence": Format.SENTENCE,
}


def compile_sender(source: Source, name: str, block: Sender, credentials: Set[str]) -> CoreSender | None:
    """The sender, unless its format cannot be used. `credentials` are the exchange's: never a sender's secret."""
    secrets = [secret.get_secret_value() for secret in block.secrets]
    for at, secret in enumerate(secrets):
        weakness = strength.weakness(secret)
        if secret in credentials:
            weakness = f"it is a credential of an account, and alerts travel in the clear; {strength.MAKE_ONE}"
        if weakness:
            source.complain(("senders", name, "secrets", at), f"this secret protects nothing: {weakness}")
    form = _format(source, name, block)
    allowed = None if block.networks is None else networks(block.networks)
    return CoreSender(name, tuple(secrets), block.secret_field, allowed, form) if form else None


def _format(source: Source, name: str, block: Sender) -> Format | None:
    if not isinstance(block.format, PatternFormat):
        return _FORMATS[block.format]
    try:
        return Format.pattern(block.format.pattern)
    except ValueError as mistake:
        source.complain_quoting(("senders", name, "format", "pattern"), str(mistake))
    return None

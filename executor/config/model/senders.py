"""`senders`: who may send alerts, and in which format."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, SecretStr, Tag

from executor.config.model.addresses import Network
from executor.config.model.may import MaySection
from executor.config.model.scalars import Fingerprint, Line
from executor.config.model.section import Section
from executor.core.sender import CertificateRule, Way


class PatternFormat(Section):
    """Alerts are text; a regular expression takes them apart."""

    pattern: Line = Field(description="Matches the whole message; each (?P<name>…) group becomes a field.")


FormatName = Literal["auto", "json", "pairs", "sentence"]
# Tags in parentheses are no part of a complaint's path.
SenderFormat = Annotated[
    Annotated[FormatName, Tag("(name)")] | Annotated[PatternFormat, Tag("(pattern)")],
    Discriminator(lambda value: "(pattern)" if isinstance(value, dict | PatternFormat) else "(name)"),
]


class CertificateSection(Section):
    """The client certificate that the sender must show beside its secret."""

    organization: Line = Field(description="The subject's organization (O).")
    email: Line = Field(description="An e-mail address among the subject's alternative names.")
    fingerprints: Annotated[list[Fingerprint], Field(min_length=1)] | None = Field(
        None, description="SHA-256 of those that are accepted. Left out: any certificate with these names."
    )

    def rule(self) -> CertificateRule:
        return CertificateRule(self.organization, self.email, frozenset(self.fingerprints or ()))


class SenderSection(Section):
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
        None, description="What proves it: body, path, bearer, signature. Left out: every way that its secrets allow."
    )
    certificate: CertificateSection | None = Field(
        None, description="Required beside the secret. Needs a proxy that hands it over, and proxies.secret."
    )
    may: MaySection | None = Field(None, description="The rules, accounts and symbols it can reach. Left out: all.")
    format: SenderFormat = Field("auto", description="How alerts are written; auto: the one of the three that fits.")

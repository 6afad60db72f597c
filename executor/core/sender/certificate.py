"""What a sender's TLS client certificate must say. That the sender holds its key, the proxy's TLS has proven."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """One that was shown. `emails` are the subject alternative names; `fingerprint` is its SHA-256, hexadecimal."""

    organizations: tuple[str, ...]
    emails: tuple[str, ...]
    fingerprint: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class CertificateRule:
    """What is required of it. Any certificate can carry these names; `fingerprints`, unless empty, cannot be forged."""

    organization: str
    email: str
    fingerprints: frozenset[str] = frozenset()

    def __str__(self) -> str:
        pinned = "not pinned: any certificate with these names is accepted"
        if self.fingerprints:
            pinned = f"{len(self.fingerprints)} pinned"
        return f"{self.organization}, {self.email} ({pinned})"

    def holds(self, shown: Certificate | None, now: datetime) -> bool:
        return (
            shown is not None
            and shown.organizations == (self.organization,)
            and self.email in shown.emails
            and (not self.fingerprints or shown.fingerprint in self.fingerprints)
            and shown.valid_from <= now <= shown.valid_until
        )

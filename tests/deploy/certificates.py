"""Certificates made on the spot: a server's, and clients' such as TradingView's or not quite."""

import datetime as dt
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

ORGANIZATION, EMAIL = "TradingView, Inc.", "webhook-server@tradingview.com"
NOW = dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def saved(self, folder: Path) -> tuple[str, str]:
        """The paths of the certificate's file and of its key's."""
        certificate, key = folder / f"{self.fingerprint}.pem", folder / f"{self.fingerprint}.key"
        certificate.write_bytes(self.pem())
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return str(certificate), str(key)


def name(organization: str | None) -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: "US",
        NameOID.STATE_OR_PROVINCE_NAME: "Ohio",
        NameOID.LOCALITY_NAME: "Westerville",
        NameOID.ORGANIZATION_NAME: organization,
        NameOID.COMMON_NAME: EMAIL,
    }
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items() if value is not None])


def make(subject: x509.Name, names: list[x509.GeneralName], days: tuple[float, float], issuer: Made | None) -> Made:
    """Valid from and until a number of days from now; signed by itself without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    unsigned = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + dt.timedelta(days=days[0]))
        .not_valid_after(NOW + dt.timedelta(days=days[1]))
    )
    if names:
        unsigned = unsigned.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Made(unsigned.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def client(
    organization: str | None = ORGANIZATION,
    email: str | None = EMAIL,
    days: tuple[float, float] = (-1, 1),
    issuer: Made | None = None,
) -> Made:
    return make(name(organization), [x509.RFC822Name(email)] if email else [], days, issuer)


def server() -> Made:
    """For localhost."""
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    return make(name("Executor"), names, (-1, 1), None)

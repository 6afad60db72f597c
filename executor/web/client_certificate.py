"""Reads the client certificate that the proxy hands over, in the one form that each proxy can give."""

import base64
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from executor.core.sender import Certificate

_UNREADABLE = (
    ValueError,
    TypeError,  # for a name of the wrong ASN.1 type
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def read(header: str) -> Certificate | None:
    """The certificate in a header's value, or None if it is missing or cannot be read.

    nginx, $ssl_client_escaped_cert: PEM, escaped as in a URL. Caddy, certificate_der_base64, as RFC 9440 has it:
    base64 of the DER between colons.
    """
    try:
        return _certificate(_parsed(header))
    except _UNREADABLE:
        return None  # any client may send anything


def _parsed(header: str) -> x509.Certificate:
    if header.startswith(":"):
        return x509.load_der_x509_certificate(base64.b64decode(header.strip(":"), validate=True))
    return x509.load_pem_x509_certificate(unquote(header).encode())


def _certificate(parsed: x509.Certificate) -> Certificate:
    return Certificate(
        organizations=tuple(
            str(name.value) for name in parsed.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
        ),
        emails=_emails(parsed),
        fingerprint=parsed.fingerprint(SHA256()).hex(),
        valid_from=parsed.not_valid_before_utc,
        valid_until=parsed.not_valid_after_utc,
    )


def _emails(parsed: x509.Certificate) -> tuple[str, ...]:
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(names.value.get_values_for_type(x509.RFC822Name))

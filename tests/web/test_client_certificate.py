"""Reading what proxies hand over, whatever a stranger has put into it."""

import base64
from urllib.parse import quote

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from executor.core.sender import Certificate
from executor.web.client_certificate import read
from tests.deploy import certificates

MADE = certificates.client()
AS_NGINX = quote(MADE.pem(), safe="")
AS_CADDY = f":{base64.b64encode(MADE.der()).decode()}:"


@pytest.mark.parametrize("header", [AS_NGINX, AS_CADDY], ids=["nginx", "caddy"])
def test_both_forms_say_the_same(header):
    found = read(header)
    assert (found.organizations, found.emails) == (("TradingView, Inc.",), ("webhook-server@tradingview.com",))
    assert found.fingerprint == MADE.fingerprint
    assert found.valid_from == MADE.certificate.not_valid_before_utc
    assert found.valid_until == MADE.certificate.not_valid_after_utc


def test_one_without_names_says_nothing():
    bare = certificates.make(x509.Name([]), [], (-1, 1), None)
    found = read(quote(bare.pem()))
    assert (found.organizations, found.emails) == ((), ())


@pytest.mark.parametrize(
    "header",
    ["", "::", ":", "NONE", ":AAAA:", ":not base64:", ":é:", "%zz", "-----BEGIN CERTIFICATE-----", AS_CADDY[:-9] + ":"],
)
def test_what_is_no_certificate_reads_as_none(header):
    assert read(header) is None


@pytest.mark.filterwarnings("ignore::UserWarning")  # what cryptography thinks of it
@given(st.data())
def test_a_damaged_one_is_read_or_not_but_never_raises(data):
    der = bytearray(MADE.der())
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(read(f":{base64.b64encode(der).decode()}:"), Certificate | None)

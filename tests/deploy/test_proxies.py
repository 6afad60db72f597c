"""The shipped proxies in front of the real server: who gets in with which certificate, and what cannot be forged."""

import base64
from datetime import timedelta
from urllib.parse import quote

import pytest

from executor.core.sender import NotAuthenticated
from executor.engine.senders.admission import LockedOut
from tests.deploy import certificates
from tests.deploy.deployed import ISSUER, RIGHT

pytestmark = pytest.mark.xdist_group("deploy")
# All come from one address, so that many a wrong one is one too many. A right one gets in at any time.
REFUSALS = {401: str(NotAuthenticated()), 429: str(LockedOut(timedelta(0)))}
SELF_SIGNED = certificates.client()
WRONG = {
    "organization": certificates.client(organization="Tradingview Inc", issuer=ISSUER),
    "no organization": certificates.client(organization=None, issuer=ISSUER),
    "email": certificates.client(email="webhook-server@tradingview.com.example.org", issuer=ISSUER),
    "no email": certificates.client(email=None, issuer=ISSUER),
    "expired": certificates.client(days=(-9, -1), issuer=ISSUER),
    "expired, signed by itself": certificates.client(days=(-9, -1)),
    "not yet valid": certificates.client(days=(1, 9), issuer=ISSUER),
    "none": None,
}
AS_NGINX = quote(RIGHT.pem(), safe="")
AS_CADDY = f":{base64.b64encode(RIGHT.der()).decode()}:"
FORGED = {
    "as nginx hands it over": {"X-Client-Certificate": AS_NGINX},
    "as Caddy hands it over": {"X-Client-Certificate": AS_CADDY},
    "with underscores": {"X_Client_Certificate": AS_CADDY},
    "with a guessed secret": {"X-Client-Certificate": AS_CADDY, "X-Proxy-Secret": "guessed-0123456789"},
    "with underscores and an empty secret": {"X_Client_Certificate": AS_CADDY, "X_Proxy_Secret": ""},
}


def refused(answer):
    assert answer.status_code in REFUSALS, answer.text
    assert answer.json()["detail"] == REFUSALS[answer.status_code]
    return True


@pytest.mark.parametrize("sender", ["named", "pinned"])
def test_the_right_certificate_with_the_secret_passes(deployed, proxy, sender):
    assert deployed.send(sender, proxy, RIGHT).status_code == 202


def test_the_right_certificate_with_a_wrong_secret_does_not(deployed, proxy):
    assert refused(deployed.send("here", proxy, RIGHT, path="/hook/named"))


@pytest.mark.parametrize("sender", ["named", "pinned"])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_certificate_or_none_is_refused(deployed, proxy, sender, wrong):
    assert refused(deployed.send(sender, proxy, WRONG[wrong]))


def test_names_can_be_forged_but_a_fingerprint_cannot(deployed, proxy):
    assert deployed.send("named", proxy, SELF_SIGNED).status_code == 202
    assert refused(deployed.send("pinned", proxy, SELF_SIGNED))


@pytest.mark.parametrize("shown", ["none", "organization", "expired"])
@pytest.mark.parametrize("forged", FORGED)
def test_a_certificate_forged_through_the_proxy_is_refused(deployed, proxy, forged, shown):
    assert refused(deployed.send("named", proxy, WRONG[shown], **FORGED[forged]))


@pytest.mark.parametrize("forged", FORGED)
def test_a_certificate_forged_past_the_proxy_is_refused(deployed, forged):
    assert refused(deployed.send("named", **FORGED[forged]))


@pytest.mark.parametrize("header", [AS_NGINX, AS_CADDY], ids=["nginx", "caddy"])
def test_it_is_the_proxys_secret_that_makes_it_believed(deployed, header):
    handed = {"X-Client-Certificate": header, "X-Proxy-Secret": deployed.proxy_secret}
    assert deployed.send("pinned", **handed).status_code == 202


def test_a_sender_that_needs_none_may_show_any(deployed, proxy):
    assert deployed.send("here", proxy).status_code == 202
    assert deployed.send("here", proxy, WRONG["email"]).status_code == 202
    assert deployed.send("here", proxy, WRONG["expired"]).status_code == 202


ELSEWHERE = {"X-Forwarded-For": "52.89.214.238"}


def test_an_address_cannot_be_forged(deployed, proxy):
    assert refused(deployed.send("elsewhere", proxy, **ELSEWHERE))
    assert refused(deployed.send("elsewhere", **ELSEWHERE))
    assert deployed.send("elsewhere", **ELSEWHERE | {"X-Proxy-Secret": deployed.proxy_secret}).status_code == 202


@pytest.mark.parametrize("shown", ["none", "expired"])
@pytest.mark.parametrize("path", ["/", "/health/ready", "/metrics", "/receipts/1", "/hook"])
def test_nothing_but_the_hooks_is_public(deployed, proxy, path, shown):
    assert deployed.send("here", proxy, WRONG[shown], path=path).status_code == 404

"""What the log tells of certificates: what the operator needs to pin one, and nothing of strangers."""

import base64

import pytest

from tests.deploy import certificates
from tests.deploy.deployed import RIGHT, Deployed

pytestmark = pytest.mark.xdist_group("deploy")
RENEWED = certificates.client()


@pytest.fixture
def fresh(tmp_path):
    """A server that has seen no wrong attempt yet."""
    fresh = Deployed(tmp_path)
    yield fresh
    fresh.stop()


def send(fresh, sender, shown, path=None):
    """An alert, as a proxy hands it over that was shown this certificate."""
    handed = f":{base64.b64encode(shown.der()).decode()}:"
    headers = {"X-Client-Certificate": handed, "X-Proxy-Secret": fresh.proxy_secret}
    return fresh.send(sender, path=path, **headers).status_code


def told(fresh, event, shown):
    lines = (fresh.folder / "server.log").read_text().splitlines()
    return any(event in line and f"fingerprint={shown.fingerprint}" in line for line in lines)


def test_the_certificate_of_a_proven_sender_is_told(fresh):
    assert send(fresh, "named", RIGHT) == 202
    fresh.wait_for(lambda: told(fresh, "certificate shown", RIGHT))


def test_a_renewed_one_that_is_not_pinned_yet_is_told_and_a_strangers_is_not(fresh):
    stranger = certificates.client()
    assert send(fresh, "here", stranger, path="/hook/pinned") == 401
    assert send(fresh, "pinned", RENEWED) == 401
    fresh.wait_for(lambda: told(fresh, "alert refused", RENEWED))
    assert stranger.fingerprint not in (fresh.folder / "server.log").read_text()

"""The operator's pages through each shipped proxy, once it is told to pass them on."""

import re

import pytest
import requests

from tests.deploy.deployed import Deployed
from tests.deploy.proxies import Proxy
from tests.web.operator.visiting import MONITOR, OPERATOR, PASSWORD


class Overseen(Deployed):
    monitor = MONITOR

    def text(self):
        return super().text().replace("version: 1\n", f"version: 1\n{OPERATOR}")


@pytest.fixture
def unattended(tmp_path):
    """Nobody is the operator."""
    unattended = Deployed(tmp_path)
    yield unattended
    unattended.stop()


@pytest.fixture(scope="module")
def overseen(tmp_path_factory):
    overseen = Overseen(tmp_path_factory.mktemp("overseen"))
    yield overseen
    overseen.stop()


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request, overseen, tmp_path):
    upstream = overseen.url.removeprefix("http://")
    proxy = Proxy(request.param, tmp_path, upstream, overseen.certificate, overseen.proxy_secret, pages=True)
    yield proxy
    proxy.stop()


def test_the_operator_logs_in_over_https(overseen, proxy):
    with requests.Session() as browser:
        browser.trust_env, browser.verify = False, overseen.certificate[0]
        page = browser.get(proxy.url, timeout=20)
        assert page.url == f"{proxy.url}/login"
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        page = browser.post(page.url, {"csrf_token": token, "password": PASSWORD}, timeout=20)
        assert page.url == f"{proxy.url}/"
        assert "All is well" in page.text
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert browser.get(f"{proxy.url}/static/operator.svg", timeout=20).status_code == 200


def test_a_proxy_that_tells_nothing_opens_nothing(unattended, tmp_path):
    upstream, certificate = unattended.url.removeprefix("http://"), unattended.certificate
    proxy = Proxy("bare nginx", tmp_path, upstream, certificate, unattended.proxy_secret)
    try:
        for headers in ({}, {"Connection": "keep-alive"}, {"Connection": "keep-alive, x"}, {"Host": "localhost"}):
            assert requests.get(proxy.url, headers=headers, verify=certificate[0], timeout=20).status_code == 404
        assert requests.get(unattended.url, timeout=20).status_code == 200
    finally:
        proxy.stop()

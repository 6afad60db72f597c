"""A server as deployed, with each shipped proxy in front of it, and senders that must show a certificate."""

import pytest

from tests.deploy.deployed import Deployed
from tests.deploy.proxies import Proxy


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    deployed = Deployed(tmp_path_factory.mktemp("deployed"))
    yield deployed
    deployed.stop()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(request, deployed, tmp_path_factory):
    upstream = deployed.url.removeprefix("http://")
    folder = tmp_path_factory.mktemp(request.param)
    proxy = Proxy(request.param, folder, upstream, deployed.certificate, deployed.proxy_secret)
    yield proxy
    proxy.stop()

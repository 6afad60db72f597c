"""A server as deployed, and senders that must show a certificate."""

import secrets

import requests

from tests.deploy import certificates
from tests.samples import TREND
from tests.served import Served, by_gunicorn

CONFIG = """\
version: 1
ledger: sqlite:///{folder}/executor.db
proxies: {{hops: 1, secret: "{proxy_secret}"}}
accounts:
  main: {{venue: simulator, position_mode: hedge, base_url: "{url}"}}
senders:
  named:
    secrets: ["{named}"]
    certificate: {{organization: "TradingView, Inc.", email: webhook-server@tradingview.com}}
  pinned:
    secrets: ["{pinned}"]
    certificate:
      organization: "TradingView, Inc."
      email: webhook-server@tradingview.com
      fingerprints: ["{fingerprint}"]
  here: {{secrets: ["{here}"], networks: [127.0.0.1]}}
  elsewhere: {{secrets: ["{elsewhere}"], networks: [tradingview]}}
"""
CONFIG += TREND
SENDERS = ("named", "pinned", "here", "elsewhere")
ISSUER = certificates.make(certificates.name("An Issuer, Inc."), [], (-1, 1), None)
RIGHT = certificates.client(issuer=ISSUER)


class Deployed(Served):
    """gunicorn with deploy/gunicorn.conf.py."""

    def __init__(self, folder):
        self.proxy_secret = secrets.token_hex(16)
        self.of_senders = {name: secrets.token_hex(16) for name in SENDERS}
        self.saved = folder / "certificates"
        self.saved.mkdir()
        self.certificate = certificates.server().saved(self.saved)
        super().__init__(folder, by_gunicorn)

    def text(self):
        return CONFIG.format(
            folder=self.folder,
            url=self.simulator.url,
            fingerprint=RIGHT.fingerprint,
            proxy_secret=self.proxy_secret,
            **self.of_senders,
        )

    def send(self, sender, to=None, shown=None, path=None, **headers):
        """An alert with the sender's right secret, to a proxy or straight to gunicorn, with a certificate or none."""
        alert = self.alert("long") | {"secret": self.of_senders[sender]}
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.certificate[0]
            session.cert = shown.saved(self.saved) if shown else None
            url = (to or self).url + (path or f"/hook/{sender}")
            return session.post(url, json=alert, headers=headers, timeout=20)

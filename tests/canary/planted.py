"""The canaries: one for every place that holds a secret, and how a text is searched for what is left of one."""

import base64
import secrets
from urllib.parse import quote

from werkzeug.security import generate_password_hash

from executor.config import HASHED_BY

ODD = "+'\"/é&<"  # what escaping and quoting change


def canary(end=""):
    return f"{secrets.token_hex(12)}{end}"


class Planted:
    """Every secret under the name of its environment variable; what is made from secrets joins them as it arises."""

    def __init__(self):
        self.environ = {
            "BODY_SECRET": canary(ODD),
            "OLD_BODY_SECRET": canary(ODD),
            "PATH_SECRET": canary("+'&<"),
            "BEARER_SECRET": canary("+'\"/&<"),
            "SIGNING_SECRET": f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "API_KEY": canary("+'\"/&<"),
            "API_SECRET": canary("+'\"/&<"),
            "API_PASSPHRASE": canary("+'\"/&<"),
            "PASSWORD": canary(ODD),
            "METRICS_TOKEN": canary("+'\"/&<"),
            "PROXY_SECRET": canary("+'\"/&<"),
            "LEDGER_PASSWORD": canary(),
        }
        self.environ["PASSWORD_HASH"] = generate_password_hash(self.environ["PASSWORD"], HASHED_BY)
        self.inline = canary()  # stands in config.yaml itself
        self.derived = {}  # what is made from them → what of it is telling

    def __getattr__(self, name):
        try:
            return self.environ[name.upper()]
        except KeyError:
            raise AttributeError(name) from None

    def needles(self):
        """A text that must not be found → the name of the canary it comes from."""
        telling = {name: value[:24] for name, value in self.environ.items()}
        telling["SIGNING_SECRET"] = self.environ["SIGNING_SECRET"].removeprefix("whsec_")
        telling["PASSWORD_HASH"] = self.environ["PASSWORD_HASH"][-48:]
        telling["inline"] = self.inline
        telling |= self.derived
        return {needle: name for name, value in telling.items() for needle in shapes(value)}

    def found(self, text):
        """The names of the canaries of which at least a half stands in the text, as it is or encoded."""
        return sorted({f"{name}: {around(text, needle)}" for needle, name in self.needles().items() if needle in text})


def shapes(value):
    """Each half of a value as it is, percent-encoded, in base64 at every alignment, and in hexadecimal."""
    half = len(value) // 2
    for part in (value[:half], value[half:]):
        raw = part.encode()
        yield part
        yield quote(part, safe="")
        yield raw.hex()
        for shift, cut in ((0, 0), (1, 2), (2, 3)):
            encoded = base64.b64encode(b"x" * shift + raw).decode().rstrip("=")
            yield encoded[cut:-1]


def around(text, needle):
    at = text.index(needle)
    return repr(text[max(0, at - 120) : at + 120])

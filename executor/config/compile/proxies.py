"""`proxies`: whether what senders ask of the proxies in front can be believed."""

from executor.config import secret_strength
from executor.config.source import Source
from executor.config.validate import Blocks


def complain_of_unprovable(source: Source, blocks: Blocks) -> None:
    """A certificate is what the proxy says it is, so it must be the proxy that says so."""
    proven = _have_secret(source)
    for name, block in blocks.senders.items():
        if block.certificate and not proven:
            words = 'cannot be believed without proxies: {hops: 1, secret: "${PROXY_SECRET}"}; see deploy/'
            source.complain(("senders", name, "certificate"), words)


def warn_of_addresses(source: Source, blocks: Blocks) -> None:
    """Behind a proxy that config.yaml does not name, all alerts come from the proxy."""
    counted = isinstance(source.data, dict) and "proxies" in source.data
    for name, block in blocks.senders.items():
        if block.networks and not counted:
            words = "means nothing behind a proxy unless proxies says how many there are: write it, 0 if there is none"
            source.warn(("senders", name, "networks"), words)


def _have_secret(source: Source) -> bool:
    """Whether the proxy in front can prove that it is the proxy; complains of a secret that anybody could guess."""
    written = source.data.get("proxies") if isinstance(source.data, dict) else None
    secret = written.get("secret") if isinstance(written, dict) else None
    if isinstance(secret, str) and (weakness := secret_strength.weakness(secret)):
        source.complain(("proxies", "secret"), f"this secret protects nothing: {weakness}")
    return secret is not None

"""`proxies`: whether what senders ask of the proxies in front can be believed."""

from executor.config import secret_strength
from executor.config.source import Source
from executor.config.validate import Blocks


def complain_of_unprovable(source: Source, blocks: Blocks) -> None:
    """The proxy reports the certificate, so the proxy must prove that it is the proxy."""
    proven = _have_secret(source)
    for name, block in blocks.senders.items():
        if block.certificate and not proven:
            words = 'cannot be believed without proxies: {hops: 1, secret: "${PROXY_SECRET}"}; see deploy/'
            source.complain(("senders", name, "certificate"), words)


def warn_of_addresses(source: Source, blocks: Blocks) -> None:
    """Behind a proxy that config.yaml does not name, every alert comes from the address of the proxy."""
    counted = isinstance(source.data, dict) and "proxies" in source.data
    for name, block in blocks.senders.items():
        if block.networks and not counted:
            source.warn(
                ("senders", name, "networks"),
                "cannot be checked behind a reverse proxy that config.yaml does not name: "
                "set proxies, or proxies: 0 if there is none",
            )


def _have_secret(source: Source) -> bool:
    """Whether the proxy in front can prove that it is the proxy; complains of a secret that can be guessed."""
    written = source.data.get("proxies") if isinstance(source.data, dict) else None
    secret = written.get("secret") if isinstance(written, dict) else None
    if isinstance(secret, str) and (weakness := secret_strength.weakness(secret)):
        source.complain(("proxies", "secret"), f"this secret cannot be used: {weakness}")
    return secret is not None

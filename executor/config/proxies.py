"""`proxies`: the reverse proxies in front, which tell who the sender is, and what proves that it is they."""

from typing import Annotated

from pydantic import Discriminator, Field, SecretStr, Tag

from executor.config import strength
from executor.config.scalars import whole_number
from executor.config.settings import Settings
from executor.config.source import Source


class Proxies(Settings):
    """Proxies that are believed, if they have a secret only with it."""

    hops: Annotated[int, whole_number(1, 10)] = Field(1, description="How many trusted proxies stand in front.")
    secret: SecretStr | None = Field(
        None, description="What the proxy shows in X-Proxy-Secret, so that no other peer is taken for it."
    )


# Tags in parentheses are no part of a complaint's path.
ProxiesOrHops = Annotated[
    Annotated[Annotated[int, whole_number(0, 10)], Tag("(hops)")] | Annotated[Proxies, Tag("(proxies)")],
    Discriminator(lambda value: "(proxies)" if isinstance(value, dict | Proxies) else "(hops)"),
]


def have_secret(source: Source) -> bool:
    """Whether the proxy in front can prove that it is the proxy; complains of a secret that anybody could guess."""
    written = source.data.get("proxies") if isinstance(source.data, dict) else None
    secret = written.get("secret") if isinstance(written, dict) else None
    if isinstance(secret, str) and (weakness := strength.weakness(secret)):
        source.complain(("proxies", "secret"), f"this secret protects nothing: {weakness}")
    return secret is not None

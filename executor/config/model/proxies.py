"""`proxies`: the reverse proxies in front, which tell who the sender is, and what proves that it is they."""

from typing import Annotated

from pydantic import Discriminator, Field, SecretStr, Tag

from executor.config.model.scalars import whole_number
from executor.config.model.section import Section


class Proxies(Section):
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

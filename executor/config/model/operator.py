"""`operator`: who sees the pages and halts trading, and who may read the metrics."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from executor.config import secret_strength
from executor.config.model.section import Section

HASHED_BY = "scrypt:32768:8:1"  # Werkzeug's name for it; some 80 ms and 32 MiB a guess
_HASH = re.compile(rf"{HASHED_BY}\$[A-Za-z0-9]{{16}}\$[0-9a-f]{{128}}")


def _made_by_us(value: SecretStr) -> SecretStr:
    if not _HASH.fullmatch(value.get_secret_value()):
        raise ValueError("this is not a password hash; make one with: executor password")
    return value


def _strong(value: SecretStr) -> SecretStr:
    if weakness := secret_strength.weakness(value.get_secret_value()):
        raise ValueError(f"this token cannot be used: {weakness}")
    return value


class OperatorSection(Section):
    """The person in charge. Without this block the pages and the metrics are for this machine alone."""

    password_hash: Annotated[SecretStr, AfterValidator(_made_by_us)] = Field(
        description="What `executor password` prints."
    )
    metrics_token: Annotated[SecretStr, AfterValidator(_strong)] | None = Field(
        None,
        description="Authorization: Bearer … for /metrics and the details of /health/ready. Left out: only with the "
        "operator's login.",
    )

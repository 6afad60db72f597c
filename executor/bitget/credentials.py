"""An API key, and how it is kept out of texts.

A proxy before the exchange may repeat a request in its answer, so what is said about an answer is redacted.
"""

import re
from dataclasses import dataclass, field

from executor.errors import ExecutorError

HIDDEN = "<secret>"
SHORTEST = 8  # a shorter value may be part of any word; the exchange's credentials are longer
_SIGNATURE = r"[A-Za-z0-9+/]{43}="  # an HMAC-SHA256 in base64


class UnusableCredentials(ExecutorError):
    """A credential that no header can carry. The text never shows it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is empty or holds a character that cannot be sent, such as a line break or a space: "
            "copy it again from the exchange's API page"
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    """One API key. Nothing of it shows in a repr."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("key", "secret", "passphrase"):
            value = getattr(self, name)
            if not (value and value.isascii() and value.isprintable() and " " not in value):
                raise UnusableCredentials(f"api_{name}")


class Redactor:
    """A callable: returns the text without these values, however their characters are escaped."""

    def __init__(self, *values: str) -> None:
        long = [value for value in values if len(value) >= SHORTEST]
        escaped = ["".join(rf"\\*{re.escape(character)}" for character in value) for value in long]
        self._pattern = re.compile("|".join([*(rf"(?<!\w){value}(?!\w)" for value in escaped), _SIGNATURE]))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text)

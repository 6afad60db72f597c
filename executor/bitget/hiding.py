"""Hides credentials in what is said about an answer: a proxy before the exchange may repeat the request."""

import re

HIDDEN = "<secret>"
SHORTEST = 8  # what is shorter may be a part of any word; the exchange's own are longer
_SIGNATURE = r"[A-Za-z0-9+/]{43}="  # an HMAC-SHA256 in base64


class Hiding:
    """Call it with a text for people: the same without these values, however their characters are escaped."""

    def __init__(self, *values: str) -> None:
        long = [value for value in values if len(value) >= SHORTEST]
        escaped = ["".join(rf"\\*{re.escape(character)}" for character in value) for value in long]
        self._pattern = re.compile("|".join([*(rf"(?<!\w){value}(?!\w)" for value in escaped), _SIGNATURE]))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text)

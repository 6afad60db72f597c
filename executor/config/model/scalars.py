"""Single values of config.yaml: how each is written, what it becomes, and what a complaint says would be right.

Every value arrives as text, a number's included, so that one in quotes or filled in by `${NAME}` is as good.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,20})?")
_DURATION = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,6})?)(?P<unit>ms|s|m|h|d)|0")
_UNITS_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_REFERENCE = r"\$\{.+\}"  # what an editor must let pass in place of any number or duration


def wrong(message: str) -> PydanticCustomError:
    """The error whose complaint reads `'found' is …`."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


@dataclass(frozen=True)
class Written:
    """An annotation: the field is `expected`, read from text by `parse`; `schema` describes it to editors."""

    expected: str
    parse: Callable[[str], Any]
    schema: JsonSchemaValue = field(hash=False)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.schema)

    def _validate(self, value: object) -> Any:
        if not isinstance(value, str):
            raise wrong(f"is not {self.expected}")
        return self.parse(value.strip())


def duration(least: str, most: str) -> Written:
    """A duration such as `60s`, within limits."""

    def parse(text: str) -> timedelta:
        if not _DURATION.fullmatch(text):
            raise wrong("is not a duration: write 500ms, 60s, 5m or 2h")
        value = parse_duration(text)
        if not parse_duration(least) <= value <= parse_duration(most):
            raise wrong(f"is out of range: write {least} to {most}")
        return value

    pattern = rf"^(\d+(\.\d+)?(ms|s|m|h|d)|0|{_REFERENCE})$"
    return Written("a duration such as 60s", parse, {"type": ["string", "integer"], "pattern": pattern})


def parse_duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a duration")
    seconds = Decimal(found["number"]) * _UNITS_SECONDS[found["unit"]] if found["unit"] else Decimal(0)
    return timedelta(microseconds=int(seconds * 1_000_000))


def duration_text(value: timedelta) -> str:
    """The way to write a duration: `60s`, `500ms`."""
    milliseconds = value // timedelta(milliseconds=1)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"


def whole_number(least: int, most: int) -> Written:
    """A whole number within limits."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
            raise wrong(f"is not a whole number from {least} to {most}" if least < most else f"is not {least}")
        return int(text)

    schema = {"type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": rf"^(\d+|{_REFERENCE})$"}
    return Written("a whole number", parse, schema)


def text(expected: str, pattern: str) -> Written:
    """Text of a certain form; `expected` says which."""

    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise wrong(f"is not {expected}")
        return str(value)

    return Written(expected, parse, {"type": "string", "pattern": f"^({pattern}|{_REFERENCE})$"})


def _line(value: str) -> str:
    if not value:
        raise wrong("is empty")
    return str(value)


def _amount(value: str) -> Decimal:
    if not _AMOUNT.fullmatch(value):
        raise wrong("is not a number such as 10 or 0.25")
    return Decimal(value)


def _fingerprint(value: str) -> str:
    digits = value.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise wrong("is not a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons")
    return digits


def _flag(value: str) -> bool:
    if value not in {"true", "false"}:
        raise wrong("is not true or false")
    return value == "true"


@dataclass(frozen=True)
class YesOrNo(Written):
    """True or false, also as text that `${NAME}` filled in."""

    def _validate(self, value: object) -> Any:
        return value if isinstance(value, bool) else super()._validate(value)


Name = Annotated[str, text("a name: up to 64 letters, digits, . - and _", r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
Line = Annotated[str, Written("text: put a single value in quotes", _line, {"type": ["string", "number"]})]
Amount = Annotated[
    Decimal, Written("a number", _amount, {"type": ["string", "number"], "pattern": rf"^(\d+(\.\d+)?|{_REFERENCE})$"})
]
Fingerprint = Annotated[str, Written("a fingerprint: put it in quotes", _fingerprint, {"type": ["string", "number"]})]
Flag = Annotated[bool, YesOrNo("true or false", _flag, {"type": "boolean"})]

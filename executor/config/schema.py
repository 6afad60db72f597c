"""The JSON Schema of config.yaml, made from its model: for editors, and for `did you mean`."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import SecretStr
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from executor.config.complaints import Path
from executor.config.model import Root, Section, duration_text

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


class _Schema(GenerateJsonSchema):
    """Shows defaults the way they are written in YAML."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Null as a default only says that a key may be left out, which the schema says anyway."""
        described = super().default_schema(schema)
        return {key: value for key, value in described.items() if (key, value) != ("default", None)}

    def encode_default(self, default: Any) -> Any:
        match default:
            case timedelta():
                return duration_text(default)
            case Decimal():
                return str(default)
            case SecretStr():
                return default.get_secret_value()
            case Section():
                return default.model_dump(exclude_unset=True)
        return super().encode_default(default)


@cache
def _schema() -> dict[str, Any]:
    return {"$schema": _DRAFT} | Root.model_json_schema(schema_generator=_Schema)


def json_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) that accepts what `load` may accept."""
    return dict(_schema())


def keys_at(path: Path) -> set[str]:
    """The keys that the block at `path` may have; empty if any."""
    blocks = [_schema()]
    for step in path:
        blocks = [below for block in blocks for below in _below(block, step)]
    return {key for block in blocks for form in _forms(block) for key in form.get("properties", {})}


def _forms(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and everything it may refer to."""
    yield block
    if reference := block.get("$ref"):
        yield from _forms(_schema()["$defs"][reference.rpartition("/")[2]])
    for choice in block.get("anyOf", []) + block.get("oneOf", []):
        yield from _forms(choice)


def _below(block: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    for form in _forms(block):
        candidates = [form.get("items") if isinstance(step, int) else form.get("properties", {}).get(step)]
        candidates += [form.get("additionalProperties"), *form.get("patternProperties", {}).values()]
        yield from (candidate for candidate in candidates if isinstance(candidate, dict))

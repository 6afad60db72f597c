import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from executor import config
from executor.config import json_schema

PACKAGE = Path(config.__file__).parent
ROOT = PACKAGE.parent.parent
DATA = Path(__file__).parent / "data"


def errors(text: str) -> list[str]:
    validator = jsonschema_rs.validator_for(json_schema())
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def test_the_shipped_schema_is_the_models() -> None:
    shipped: Any = json.loads((PACKAGE / "schema.json").read_text())
    assert shipped == json_schema(), "write it anew: executor schema > executor/config/schema.json"


def test_the_shipped_configuration_names_its_schema() -> None:
    first = (ROOT / "config.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=executor/config/schema.json"
    assert ROOT / first.partition("=")[2] == PACKAGE / "schema.json"


@pytest.mark.parametrize("file", [ROOT / "config.yaml", DATA / "valid.yml"], ids=lambda file: file.name)
def test_the_schema_accepts_what_is_right(file: Path) -> None:
    assert errors(file.read_text()) == []


@pytest.mark.parametrize("name", ["unknown-key", "missing-key", "unknown-venue", "duration", "when-flat", "brakes"])
def test_the_schema_finds_what_an_editor_can(name: str) -> None:
    assert errors((DATA / f"{name}.yml").read_text())


@pytest.mark.parametrize("block", ["AccountSection", "SenderSection", "RuleSection"])
def test_it_tells_what_each_key_is_for(block: str) -> None:
    keys = json_schema()["$defs"][block]["properties"]
    assert [name for name, key in keys.items() if "description" not in key] == []


def test_every_default_is_written_as_in_yaml() -> None:
    rule = json_schema()["$defs"]["RuleSection"]["properties"]
    assert (rule["max_age"]["default"], rule["verify_for"]["default"]) == ("60s", "10s")
    assert (rule["reversal"]["default"], rule["continue"]["default"]) == ({}, False)
    assert json_schema()["properties"]["ledger"]["default"] == "sqlite:///executor.db"

from pathlib import Path
from typing import Any

import pytest

from executor.config.interpolation import Interpolation

ENVIRON = {"NAME": "value", "EMPTY": "", "YAML": "x: [1]\n- y", "NESTED": "${NAME}"}


def resolve(value: Any, folder: Path = Path()) -> tuple[Any, list[tuple[Any, str]]]:
    complaints: list[tuple[Any, str]] = []
    interpolation = Interpolation(ENVIRON, folder, lambda path, message: complaints.append((path, message)))
    return interpolation.resolve(value), complaints


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${NAME}", "value"),
        ("a-${NAME}-${NAME}", "a-value-value"),
        ("${NAME:-other}", "value"),
        ("${ABSENT:-other}", "other"),
        ("${ABSENT:-}", ""),
        ("${EMPTY:-other}", "other"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("$NAME {{ x }} $5", "$NAME {{ x }} $5"),
        ("${YAML}", "x: [1]\n- y"),
        ("${NESTED}", "${NAME}"),
        ({"a": ["${NAME}", 1, None]}, {"a": ["value", 1, None]}),
    ],
)
def test_references_are_filled_in_once_and_stay_text(written: Any, value: Any) -> None:
    assert resolve(written) == (value, [])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("${ABSENT}", "ABSENT is not set; set it, or give a default: ${ABSENT:-…}"),
        ("${EMPTY}", "EMPTY is empty"),
        ("${ALERT_SECRET}", "export ALERT_SECRET=$(openssl rand -hex 16)"),
        ("${BITGET_API_SECRET}", "BITGET_API_SECRET is not set; set it"),
        ("${", "${ begins a reference"),
        ("${not a name}", "${ begins a reference"),
        ("${file:absent}", "the file absent cannot be read: No such file"),
        ("${file:.}", "the file . cannot be read: Is a directory"),
    ],
)
def test_a_reference_to_nothing_is_a_complaint_that_says_what_to_do(written: str, said: str) -> None:
    value, complaints = resolve([written])
    assert value == [written]
    assert [path for path, _ in complaints] == [(0,)]
    assert said in complaints[0][1]


def test_a_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file \n")
    assert resolve("${file:secret}", tmp_path) == ("from a file ", [])
    assert resolve(f"${{file:{tmp_path}/secret}}") == ("from a file ", [])


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe", "not UTF-8"), (b"x" * 65_537, "larger than 64 KiB")])
def test_a_file_that_is_no_secret_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    _, complaints = resolve("${file:secret}", tmp_path)
    assert said in complaints[0][1]

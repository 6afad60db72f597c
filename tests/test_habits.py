"""How tests are built: what the tests' README promises of them."""

import re
from pathlib import Path

HERE = Path(__file__).parent
CONFTEST = re.compile(r"^\s*(?:from|import) .*\bconftest\b", re.M)


def test_no_module_imports_a_conftest() -> None:
    modules = [str(file) for file in HERE.rglob("*.py") if CONFTEST.search(file.read_text())]
    assert modules == []

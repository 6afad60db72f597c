"""The short form; `python -m tests.fuzz` goes on with other inputs for as long as one likes."""

import pytest

from tests.fuzz.targets import TARGETS, fuzz


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_whatever_comes_is_taken_or_refused_as_documented(target):
    fuzz(target, examples=300, seed_number=1)

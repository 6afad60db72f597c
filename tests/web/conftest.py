"""A real server under gunicorn in front of a real simulator, each reached over HTTP."""

import pytest

from tests.served import Served, by_command


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"), by_command)
    yield served
    served.stop()

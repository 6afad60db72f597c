"""A server with an operator, behind one proxy, in two processes; and visitors from here and from elsewhere."""

import pytest

from tests.served import by_command
from tests.web.operator.visiting import OPERATOR, Clock, Overseen, Visitor


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def overseen(tmp_path_factory):
    def command(bind, config):
        return [*by_command(bind, config), "--workers", "2"]

    served = Overseen(tmp_path_factory.mktemp("overseen"), OPERATOR, command)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def unattended(tmp_path_factory):
    """Nobody is the operator."""
    served = Overseen(tmp_path_factory.mktemp("unattended"), "")
    yield served
    served.stop()


@pytest.fixture
def operator(overseen):
    """Logged in, from elsewhere."""
    visitor = Visitor(overseen)
    assert visitor.log_in().status_code == 303
    return visitor

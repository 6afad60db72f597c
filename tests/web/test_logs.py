"""A line of the log is one event, and nobody can make it look like two."""

import io
import re

import pytest
import structlog

from executor.web.logs import configure_logs


@pytest.fixture
def line(monkeypatch):
    """What one event with these facts is written as, without its time."""
    told = io.StringIO()
    monkeypatch.setattr("sys.stderr", told)
    configure_logs()

    def written(event="order sent", **facts):
        structlog.get_logger().info(event, **facts)
        (found,) = told.getvalue().splitlines()
        return re.sub(r"^timestamp=\d{4}-\d\d-\d\dT[\d:.]+Z ", "", found)

    yield written
    structlog.reset_defaults()


def test_an_event_comes_first_and_its_facts_follow(line):
    assert line(receipt="01a1", orders=2) == 'level=info event="order sent" receipt=01a1 orders=2'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain-text_1.5:é", "plain-text_1.5:é"),
        ("", ""),
        (None, ""),
        (True, "True"),
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "no"', '"say \\"no\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("line\nlevel=error event=forged", '"line\\nlevel=error event=forged"'),
        ("carriage\rreturn", '"carriage\\rreturn"'),
        ("\x1b[31mred", '"\\u001b[31mred"'),
        ("nul\0", '"nul\\u0000"'),
        ("a\u2028b", '"a\\u2028b"'),
        ("\x9b31mred", '"\\u009b31mred"'),
        ("\u202edenrut", '"\\u202edenrut"'),
    ],
)
def test_a_value_is_quoted_if_it_could_be_taken_for_more(line, value, written):
    assert line("e", value=value) == f"level=info event=e value={written}"

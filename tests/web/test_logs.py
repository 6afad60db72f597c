"""A line of the log is one event, and no input can make it look like two."""

import io
import re

import pytest
import structlog

from executor.web.logs import configure_logs


@pytest.fixture
def told(monkeypatch):
    """Gives the one line that was written, without its time."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    before = structlog.get_config()
    configure_logs()

    def line():
        (found,) = written.getvalue().splitlines()
        return re.sub(r"^timestamp=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ", "", found)

    yield line
    structlog.configure(**before)


@pytest.fixture
def line(told):
    """What one event with these facts is written as."""

    def written(event="order sent", **facts):
        structlog.get_logger().info(event, **facts)
        return told()

    return written


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


def test_a_bug_is_told_with_where_it_came_from_and_not_with_its_words(told):
    try:
        int("a request and its secret")
    except ValueError:
        structlog.get_logger().exception("watch failed", account="main")
    assert re.fullmatch(
        r'level=error event="watch failed" account=main error="test_a_bug_\w+ \(\S+:\d+\) > ValueError"', told()
    )


def test_what_cannot_be_written_stops_no_alert(monkeypatch):
    class Full(io.StringIO):
        def write(self, text):
            tried.append(text)
            raise OSError("no space left")

    tried = []
    monkeypatch.setattr("sys.stderr", Full())
    before = structlog.get_config()
    configure_logs()
    structlog.get_logger().warning("order in doubt")
    structlog.configure(**before)
    assert len(tried) == 1
    assert 'event="order in doubt"' in tried[0]

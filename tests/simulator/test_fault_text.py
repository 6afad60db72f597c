"""Faults as they are written on a command line."""

import pytest

from executor.simulator import Fault, parse_fault
from executor.simulator.faults import FAULTS


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("click-backhand:drop-reply:1", Fault("click-backhand", "drop-reply", times=1)),
        ("all-position:status=503:p=0.1", Fault("all-position", "status", p=0.1, http=503)),
        ("click-backhand:delay:ms=500", Fault("click-backhand", "delay", ms=500)),
        ("click-backhand:delay=500:times=2", Fault("click-backhand", "delay", times=2, ms=500)),
        ("single-position:stale:ms=3000", Fault("single-position", "stale", ms=3000)),
        ("*:stale=200", Fault("*", "stale", ms=200)),
        ("time:skew:1:ms=-40000", Fault("time", "skew", times=1, ms=-40000)),
        ("*:skew:ms=40000", Fault("*", "skew", ms=40000)),
        (
            "click-backhand:code-then-runs:1:code=40725:ms=38000",
            Fault("click-backhand", "code-then-runs", times=1, ms=38000, code="40725"),
        ),
        ("place-order:code-then-runs=40725", Fault("place-order", "code-then-runs", code="40725")),
        ("click-backhand:status-then-runs=503:1", Fault("click-backhand", "status-then-runs", times=1, http=503)),
        ("click-backhand:hang:ms=18000", Fault("click-backhand", "hang", ms=18000)),
        ("click-backhand:live:1:ms=15000", Fault("click-backhand", "live", times=1, ms=15000)),
        ("orders-pending:odd-row:1", Fault("orders-pending", "odd-row", times=1)),
        (
            "detail:code=40014:account=main:symbol=ethusdt",
            Fault("detail", "code", code="40014", account="main", symbol="ETHUSDT"),
        ),
        ("click-backhand:429:times=5000", Fault("click-backhand", "429", times=5000)),
        ("close-positions:live-then-canceled", Fault("close-positions", "live-then-canceled")),
    ],
)
def test_a_fault_is_read(text, fault):
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("click-backhand", "is not endpoint:fault; the faults are delay, hang,"),
        (
            "click-backhand:code:1:ms=3",
            "'ms=3' in .* is no option; code takes a number of times, p=, account=, symbol=, code=",
        ),
        (
            "click-backhand:drop-reply=3",
            "'=3' in .* is no option; drop-reply takes a number of times, p=, account=, symbol=",
        ),
        ("click-backhand:code:1:40762", "'40762' in .* up to 99; write code=40762 or times=40762"),
        ("click-backhand:code:40762", "write code=40762 or times=40762"),
        ("click-backhand:status:503", "write http=503 or code=503 or times=503"),
        ("click-backhand:drop-reply:1:2", "'2' in .*: it says times twice"),
        ("click-backhand:code=40762:code=40010", "it says code twice"),
        ("all-position:code=40014:symbol=ETHUSDT", "no request for all-position names a symbol"),
        ("orders-pending:odd-row:ms=3", "'ms=3' in .* is no option"),
        ("click-backhand:odd-row", "odd-row does nothing to click-backhand"),
        ("click-backhand:delay:ms=-500", "'ms=-500' in .* is no option"),
        (
            "click-backhand:stale:ms=3",
            "stale does nothing to click-backhand; it is for account, accounts, all-position",
        ),
        ("detail:live", "live does nothing to detail; it is for click-backhand, close-positions, place-order"),
        ("orders-pending:code-then-runs", "code-then-runs does nothing to orders-pending"),
    ],
)
def test_a_wrong_fault_is_refused(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_fault(text)


def test_every_fault_says_what_it_does():
    assert all(kind.does for kind in FAULTS.values())

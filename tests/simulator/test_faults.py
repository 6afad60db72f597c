"""The faults, as a client of the exchange meets them."""

import contextlib
import threading
import time

import pytest
import requests

from tests.simulator.client import ETH


def entry(simulator):
    """The journal's newest."""
    return simulator.exchange.journal[-1]


# Reads that lag


@pytest.mark.parametrize("endpoint", ["single-position", "*"])
def test_stale_shows_the_past(main, fault, endpoint):
    fault(f"{endpoint}:stale:ms=60000")
    main.reverse()
    assert main.held() == {"long": "10"}


def test_only_the_stale_endpoint_lags(main, fault):
    fault("single-position:stale:ms=60000")
    main.reverse(clientOid="mine-1")
    assert main.held() == {"long": "10"}
    (row,) = main.get("all-position", productType="USDT-FUTURES")["data"]
    assert (row["holdSide"], row["total"]) == ("short", "10")
    assert main.get("detail", **ETH, clientOid="mine-1")["data"]["state"] == "filled"


@pytest.mark.parametrize("endpoint", ["detail", "orders-history", "orders-pending"])
def test_order_reads_lag_alone(main, fault, endpoint):
    fault(f"{endpoint}:stale:ms=60000")
    main.reverse(clientOid="mine-1")
    if endpoint == "detail":
        assert main.get("detail", **ETH, clientOid="mine-1")["code"] == "40109"
    assert main.listed("orders-pending") == []
    assert len(main.listed("orders-history")) == (0 if endpoint == "orders-history" else 2)
    assert main.held() == {"short": "10"}


def test_lag_ends_in_time(main, fault):
    fault("single-position:stale:ms=60000")
    main.reverse()
    main.set_clocks(59_000)
    assert main.held() == {"long": "10"}
    main.set_clocks(120_000)
    assert main.held() == {"short": "10"}


def test_stale_reads_show_orders_as_they_were(main, fault, until):
    fault("click-backhand:live:1:ms=60000")
    main.reverse(clientOid="mine-1")
    main.set_clocks(100_000)
    main.control("hasten")
    until(lambda: main.held() == {"short": "10"})
    fault("*:stale:ms=60000")
    assert [row["status"] for row in main.listed("orders-pending")] == ["live"]
    assert main.get("detail", **ETH, clientOid="mine-1")["data"]["state"] == "live"
    main.set_clocks(200_000)
    assert main.listed("orders-pending") == []
    assert main.get("detail", **ETH, clientOid="mine-1")["data"]["state"] == "filled"


def test_stale_does_not_hide_other_faults(main, fault):
    fault("*:stale:ms=60000")
    fault("single-position:code=40014:1")
    assert main.get("single-position", **ETH)["code"] == "40014"


# One reply's clock


@pytest.mark.parametrize("ms", [40_000, -40_000])
def test_skew_moves_one_reply(main, fault, ms):
    fault(f"single-position:skew:1:ms={ms}")
    for off in (ms, 0):
        told = main.get("single-position", **ETH)["requestTime"]
        assert abs(told - off - time.time() * 1000) < 10_000


def test_skew_moves_the_server_time(main, fault):
    fault("time:skew:1:ms=40000")
    body = main.session.get(f"{main.url}/api/v2/public/time", timeout=5).json()
    assert float(body["data"]["serverTime"]) - time.time() * 1000 > 30_000
    assert float(body["requestTime"]) - time.time() * 1000 > 30_000


# Orders that run later


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("code-then-runs=40725", 200, "40725"),
        ("status-then-runs=503", 503, "40010"),
    ],
)
def test_an_order_in_doubt_runs_later(simulator, main, fault, until, text, status, code):
    fault(f"click-backhand:{text}:1:ms=60000")
    answer = main.ask("POST", "click-backhand", body=ETH | {"side": "buy", "tradeSide": "open", "size": "10"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not entry(simulator)["executed"]
    main.control("hasten")
    until(lambda: entry(simulator)["executed"])
    assert (entry(simulator)["before"], entry(simulator)["after"]) == ({"long": "10"}, {"short": "10"})
    assert entry(simulator)["executed_at"] > entry(simulator)["at"]


@pytest.mark.parametrize(("kind", "runs"), [("code-then-runs", True), ("late", False)])
def test_only_late_is_bound_by_its_signature(simulator, main, fault, until, kind, runs):
    fault(f"click-backhand:{kind}:1:ms=60000")
    if runs:
        main.reverse()
    else:
        with pytest.raises(requests.ConnectionError):
            main.reverse()
    main.set_clocks(40_000)
    main.control("hasten")
    until(lambda: entry(simulator)["executed"] or entry(simulator).get("refused"))
    assert entry(simulator)["executed"] is runs
    assert entry(simulator).get("refused") == (None if runs else "40008")


def test_what_runs_later_may_be_refused(simulator, main, fault, until):
    fault("click-backhand:code-then-runs:1:ms=60000")
    main.reverse()
    main.control("position", symbol="ETHUSDT", long="0")
    main.control("hasten")
    until(lambda: entry(simulator).get("refused"))
    assert (entry(simulator)["refused"], entry(simulator)["executed"]) == ("22002", False)


def test_hang_outlasts_the_client(simulator, main, fault, until):
    fault("click-backhand:hang:1:ms=60000")
    with pytest.raises(requests.ReadTimeout):
        main.reverse(timeout=0.2)
    assert main.held() == {"long": "10"}
    assert entry(simulator)["fault"] == "hang"
    main.control("hasten")
    until(lambda: main.held() == {"short": "10"})
    assert entry(simulator)["executed"]


def test_a_hanging_request_grows_too_old(simulator, main, fault, until):
    fault("click-backhand:hang:1:ms=60000")
    with pytest.raises(requests.ReadTimeout):
        main.reverse(timeout=0.2)
    main.set_clocks(40_000)
    main.control("hasten")
    until(lambda: entry(simulator).get("refused") == "40008")
    assert simulator.exchange.accounts["main"].sizes("ETHUSDT") == {"long": "10"}


def test_hang_is_before_every_check(simulator, main, fault):
    fault("click-backhand:hang:1:ms=50")
    fault("click-backhand:code=40010:1")
    main.account = "nobody"
    assert main.reverse()["code"] == "40006"
    main.account = "main"
    assert main.reverse()["code"] == "40010"


# Live for a while


def test_a_live_order_is_pending_until_it_runs(simulator, main, fault, until):
    fault("click-backhand:live:1:ms=60000")
    accepted = main.reverse(clientOid="mine-1")
    assert (accepted["code"], accepted["data"]["clientOid"]) == ("00000", "mine-1")
    order_id = accepted["data"]["orderId"]
    (row,) = main.listed("orders-pending")
    assert (row["orderId"], row["clientOid"], row["status"]) == (order_id, "mine-1", "live")
    assert (row["orderSource"], row["baseVolume"], row["size"]) == ("reverse", "0", "10")
    assert main.get("detail", **ETH, clientOid="mine-1")["data"]["state"] == "live"
    assert main.listed("orders-history") == []
    assert main.held() == {"long": "10"}
    main.control("hasten")
    until(lambda: main.held() == {"short": "10"})
    assert (entry(simulator)["before"], entry(simulator)["after"]) == ({"long": "10"}, {"short": "10"})
    detail = main.get("detail", **ETH, orderId=order_id)["data"]
    assert (detail["state"], detail["clientOid"], detail["baseVolume"]) == ("filled", "mine-1", "10")
    assert detail["cTime"] == row["cTime"] < detail["uTime"]
    assert main.listed("orders-pending") == []
    assert {row["orderSource"] for row in main.listed("orders-history")} == {"reverse"}


@pytest.mark.parametrize(
    ("kind", "moved"), [("live-then-canceled", False), ("live", True)], ids=["canceled", "refused"]
)
def test_a_live_order_may_end_canceled(simulator, main, fault, until, kind, moved):
    fault(f"click-backhand:{kind}:1:ms=60000")
    main.reverse(clientOid="mine-1")
    if moved:
        main.control("position", symbol="ETHUSDT", long="0")
    main.control("hasten")
    until(lambda: main.get("detail", **ETH, clientOid="mine-1")["data"]["state"] == "canceled")
    assert main.listed("orders-pending") == []
    (row,) = main.listed("orders-history", clientOid="mine-1")
    assert (row["status"], row["baseVolume"]) == ("canceled", "0")
    assert not entry(simulator)["executed"]


def test_a_pending_client_oid_is_taken(main, fault, until):
    fault("click-backhand:live:1:ms=60000")
    main.reverse(clientOid="mine-1")
    assert main.reverse(clientOid="mine-1")["code"] == "40786"
    main.control("hasten")
    until(lambda: main.held() == {"short": "10"})
    main.control("position", symbol="ETHUSDT", long="10", short="0")
    assert main.reverse(clientOid="mine-1")["code"] == "00000"


def test_what_cannot_run_is_not_accepted_as_live(simulator, main, fault):
    fault("click-backhand:live:1:ms=100")
    main.control("position", symbol="ETHUSDT", long="0")
    assert main.reverse()["code"] == "22002"
    assert entry(simulator)["refused"] == "22002"


def test_a_live_close_runs_for_each_leg(simulator, main, fault, until):
    main.control("position", symbol="ETHUSDT", long="10", short="4")
    fault("close-positions:live:1:ms=60000")
    closed = main.post("close-positions", symbol="ETHUSDT", productType="USDT-FUTURES")
    named = {row["orderId"] for row in closed["data"]["successList"]}
    assert {row["orderId"] for row in main.listed("orders-pending")} == named
    main.control("hasten")
    until(lambda: main.held() == {})
    ended = {row["orderId"]: row["status"] for row in main.listed("orders-history")}
    assert {ended[order_id] for order_id in named} == {"filled"}


# Moved by hand


@pytest.mark.parametrize("source", ["market", "reverse"])
def test_a_move_by_hand_leaves_its_orders(main, source):
    assert main.control("position", symbol="ETHUSDT", long="0", short="10", source=source) == {"short": "10"}
    opened, closed = main.listed("orders-history")
    assert [(row["tradeSide"], row["posSide"], row["size"]) for row in (closed, opened)] == [
        ("close", "long", "10"),
        ("open", "short", "10"),
    ]
    assert {row["orderSource"] for row in (opened, closed)} == {source}
    assert {row["clientOid"] for row in (opened, closed)} == {opened["orderId"], closed["orderId"]}


def test_a_move_by_hand_waits(main, until):
    begun = time.monotonic()
    main.control("position", symbol="ETHUSDT", long="0", after_ms=300)
    until(lambda: main.held() == {})
    assert time.monotonic() - begun >= 0.3


def test_stale_reads_show_the_position_before_a_move(main, fault):
    fault("single-position:stale:ms=60000")
    main.control("position", symbol="ETHUSDT", long="0")
    assert main.held() == {"long": "10"}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"symbol": "NOSUCH", "long": "1"}, "NOSUCH does not exist"),
        ({"symbol": "ETHUSDT", "long": "much"}, "long: 'much' is no size"),
        ({"symbol": "ETHUSDT", "long": "-1"}, "long: '-1' is no size"),
        ({"symbol": "ETHUSDT"}, 'write "long" and "short" with sizes'),
    ],
)
def test_an_impossible_position_is_refused(main, body, complaint):
    assert complaint in main.control("position", **body)["error"]


# Reads that are refused, or odd


@pytest.mark.parametrize("endpoint", ["detail", "orders-pending", "orders-history", "single-position", "account"])
def test_a_single_read_is_refused(main, fault, endpoint):
    fault(f"{endpoint}:code=40014:1")
    assert main.get(endpoint, **ETH)["code"] == "40014"
    assert main.get(endpoint, **ETH, clientOid="mine-1")["code"] != "40014"


def test_only_one_lane_is_struck(simulator, main, fault):
    fault("single-position:code=40014:account=main:symbol=ETHUSDT")
    fault("click-backhand:code=40014:symbol=BTCUSDT")
    assert main.get("single-position", **ETH)["code"] == "40014"
    assert main.get("single-position", **ETH | {"symbol": "BTCUSDT"})["code"] == "00000"
    assert main.reverse()["code"] == "00000"
    main.account = "net"
    assert main.get("single-position", **ETH)["code"] == "00000"


def test_a_list_has_an_odd_row(main, fault):
    main.reverse()
    fault("*:odd-row")
    odd, *rows = main.listed("orders-history")
    assert len(rows) == 2
    assert set(rows[0]) - set(odd) == {"orderId", "cTime"}
    (odd,) = main.listed("orders-pending")
    assert "orderId" not in odd
    assert "holdSide" not in main.get("all-position", productType="USDT-FUTURES")["data"][0]


def test_one_order_s_read_has_no_odd_row(main, fault):
    main.reverse(clientOid="mine-1")
    fault("*:odd-row")
    assert [row["clientOid"] for row in main.listed("orders-history", clientOid="mine-1")] == ["mine-1"]


# The end


@pytest.mark.parametrize("kind", ["code-then-runs", "late", "live", "hang"])
def test_a_reset_calls_off_what_would_run_later(simulator, main, fault, until, kind):
    fault(f"click-backhand:{kind}:1:ms=300")
    asking = threading.Thread(target=_whatever_comes, args=(main.reverse,))
    asking.start()
    until(lambda: simulator.exchange.journal)
    old = entry(simulator)
    main.control("reset")
    asking.join(10)
    time.sleep(0.4)  # it would have run by now
    assert not old["executed"]
    assert simulator.exchange.accounts["main"].sizes("ETHUSDT") == {"long": "10"}


def test_stopping_calls_off_what_would_run_later(simulator, main, fault, until):
    fault("click-backhand:code-then-runs:1:ms=60000")
    main.reverse()
    simulator.stop()
    until(lambda: "simulator-later" not in [thread.name for thread in threading.enumerate()])
    assert not entry(simulator)["executed"]


def _whatever_comes(ask):
    with contextlib.suppress(requests.RequestException):
        ask()


# The journal tells when a request was answered, and from when on it can do nothing more


@pytest.mark.parametrize(
    ("kind", "happens"),
    [("code-then-runs", "executed"), ("live", "executed"), ("live-then-canceled", "canceled"), ("late", "executed")],
)
def test_the_journal_tells_answer_and_end(simulator, main, fault, until, kind, happens):
    fault(f"click-backhand:{kind}:1:ms=60000")
    with contextlib.suppress(requests.ConnectionError):
        main.reverse(clientOid="mine-1")
    answered = until(lambda: entry(simulator).get("answered_at"))
    assert int(entry(simulator)["timestamp"]) / 1000 <= answered
    assert "ended_at" not in entry(simulator)
    simulator.exchange.later.hasten()
    assert until(lambda: entry(simulator).get("ended_at")) >= answered
    assert entry(simulator)[happens]


def test_the_journal_tells_the_end_of_a_refusal(simulator, main):
    main.control("position", symbol="ETHUSDT", long="0")
    main.reverse(clientOid="mine-1")
    told = entry(simulator)
    assert told["refused"] == "22002"
    assert told["at"] <= told["ended_at"] <= told["answered_at"]

"""Whatever the exchange and the network do: never twice, never lost, never quietly on the wrong side."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from executor.core.order import State
from executor.ledger import HaltScope
from tests.desk import LIFETIME, QUICK

RAN = [
    "drop-reply",
    "reset-reply",
    "status-after",
    "code-after=40725",
    "garbage-after",
    "empty-after",
    "code-after=45001",
]
DID_NOT_RUN = ["drop-request", "reset-request", "status", "code=40010", "garbage", "empty", "code=50031"]
CERTAINLY_NOT = ["429", "code=40200", "code=22044", "code=40008"]


@pytest.mark.parametrize("fault", RAN)
def test_a_lost_reply_is_found_out_and_nothing_is_sent_again(desk, fault):
    desk.fault(f"click-backhand:{fault}:1")
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == ["queued", "sent", "in_doubt", "confirmed"]
    assert len(desk.exchange.journal) == 1
    assert desk.held() == {"short": "10"}


@pytest.mark.parametrize("fault", DID_NOT_RUN)
def test_a_lost_request_is_sent_anew_only_when_it_can_no_longer_run(desk, fault):
    desk.fault(f"click-backhand:{fault}:1")
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == ["queued", "sent", "in_doubt", "queued", "sent", "accepted", "confirmed"]
    first, second = desk.exchange.journal
    assert (first["executed"], second["executed"]) == (False, True)
    assert second["at"] - first["at"] > LIFETIME.total_seconds()
    assert first["body"]["clientOid"] != second["body"]["clientOid"]
    assert desk.held() == {"short": "10"}


@pytest.mark.parametrize("fault", CERTAINLY_NOT)
def test_what_certainly_did_not_run_is_retried(desk, fault):
    desk.fault(f"click-backhand:{fault}:1")
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.states(receipt) == ["queued", "sent", "queued", "sent", "accepted", "confirmed"]
    assert len(desk.executed()) == 1


def test_a_request_that_runs_late_runs_once(desk):
    desk.fault("click-backhand:late:1:ms=600")
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert len(desk.exchange.journal) == len(desk.executed()) == 1


def test_a_request_that_would_run_too_late_never_does(desk):
    desk.fault("click-backhand:late:1:ms=1200")
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    desk.wait_for(lambda: desk.exchange.journal[0].get("refused") == "40008")
    assert len(desk.executed()) == 1
    assert desk.held() == {"short": "10"}


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "reply lost"])
def test_closed_and_not_reopened_is_told_loudly(desk, lost):
    desk.exchange.accounts["main"].close_done_open_fails = True
    if lost:
        desk.fault("click-backhand:drop-reply:1")
    order = desk.end(desk.signal("short"))
    assert order.state is State.INCOMPLETE
    assert "the account holds flat, not the planned short 10 (it held long 10 before)" in order.reason
    assert len(desk.executed()) == 1


def test_a_refusal_after_the_close_has_run_is_not_taken_for_nothing_done(desk):
    main = desk.exchange.accounts["main"]
    main.rules = replace(main.rules, failed_open_code="40762")
    main.close_done_open_fails = True
    receipt = desk.signal("short")
    order = desk.end(receipt)
    assert desk.states(receipt) == ["queued", "sent", "in_doubt", "incomplete"]
    assert "the account holds flat" in order.reason


def test_a_refusal_is_not_believed_from_reads_that_lag_behind_the_close(desk):
    main = desk.exchange.accounts["main"]
    main.rules = replace(main.rules, failed_open_code="40762")
    main.close_done_open_fails = True
    desk.exchange.stale_ms = 250  # less than LATE_READS here
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.INCOMPLETE
    assert desk.held() == {}


def test_a_refusal_is_not_believed_while_nothing_can_be_read(desk):
    desk.fault("click-backhand:code=40762:1")
    desk.fault("orders-history:status")
    receipt = desk.signal("short")
    desk.wait_for(lambda: list(desk.exchange.journal))
    time.sleep(0.6)  # twice as long as reads may lag
    assert desk.order(receipt).state is State.SENT
    desk.exchange.faults.clear()
    assert desk.end(receipt).state is State.REJECTED


def test_a_refusal_that_cannot_be_weighed_is_in_doubt_with_its_words(make_desk):
    desk = make_desk(timings=replace(QUICK, unread_refusal=timedelta(seconds=0.5)))
    desk.run()
    desk.fault("click-backhand:code=40762:1")
    desk.fault("orders-history:status")
    receipt = desk.signal("short")
    desk.wait_for(lambda: desk.order(receipt).state is State.IN_DOUBT)
    assert "40762" in desk.order(receipt).reason
    desk.exchange.faults.clear()
    assert desk.end(receipt).state is State.CONFIRMED, "decided anew, once it was shown not to have run"


def late(seconds):
    """An account whose reads may lag behind for so long."""
    return f", late_reads: {seconds}s, answered_doubt: 2s"


def turned(make_desk):
    """A desk whose long has just been reversed, and whose reads lag behind that from now on."""
    desk = make_desk(account=late(2))
    desk.run()
    assert desk.end(desk.signal("short")).state is State.CONFIRMED
    desk.exchange.stale_ms = 1500
    watch = desk.runner.accounts.get("main").watch
    market = desk.runner.accounts.market("ETHUSDT")
    desk.wait_for(lambda: watch.latest(market, 0).position.long)
    return desk


def test_what_was_held_before_the_last_order_is_not_taken_for_what_is_held_now(make_desk):
    desk = turned(make_desk)
    order = desk.end(desk.signal("long"))
    assert order.state is State.CONFIRMED, "it was not taken to be there already"
    assert desk.held() == {"long": "10"}
    assert len(desk.executed()) == 2


def test_signals_that_turn_a_lane_again_and_again_do_not_wait_for_that(make_desk):
    desk = make_desk(account=late(60))
    desk.run()
    for target in ("short", "long", "short", "long"):
        assert desk.end(desk.signal(target), seconds=5).state is State.CONFIRMED
    assert len(desk.executed()) == 4


@pytest.mark.parametrize("fault", ["drop-request", "code=40762", "status"])
def test_what_was_held_before_the_last_order_confirms_no_other(make_desk, fault):
    desk = make_desk(account=late(2))
    desk.run()
    assert desk.end(desk.signal("short")).state is State.CONFIRMED
    desk.fault(f"click-backhand:{fault}:1")
    receipt = desk.signal("long")
    desk.exchange.stale_ms = 1500
    order = desk.end(receipt)
    if fault == "code=40762":
        assert (order.state, desk.held()) == (State.REJECTED, {"short": "10"})
    else:
        assert (order.state, desk.held()) == (State.CONFIRMED, {"long": "10"})


def test_a_refusal_that_is_not_judged_yet_is_in_doubt_for_the_next_process(make_desk):
    desk = make_desk(account=late(60))
    desk.run()
    desk.fault("click-backhand:code=40762:1")
    receipt = desk.signal("short")
    desk.wait_for(lambda: list(desk.exchange.journal))
    desk.rest()
    first = desk.runners.pop(0)
    first.stop(drain_seconds=0)
    desk.path.write_text(desk.path.read_text().replace("late_reads: 60s", "late_reads: 300ms"))
    second = desk.run()
    order = desk.end(receipt)
    assert desk.states(receipt)[:3] == ["queued", "sent", "in_doubt"]
    assert order.state is State.CONFIRMED, "it was shown not to have run, and decided anew"
    assert second is desk.runner
    assert len(desk.executed()) == 1


def test_too_little_margin_is_incomplete(desk):
    desk.exchange.accounts["main"].balance = Decimal(7000)
    order = desk.end(desk.signal("short"))
    assert order.state is State.INCOMPLETE
    assert order.position_after.long == 0
    assert 0 < order.position_after.short < 10


def test_a_rejection_ends_the_order_with_the_exchange_s_words(desk):
    desk.fault("click-backhand:code=40762:1")
    order = desk.end(desk.signal("short"))
    assert order.state is State.REJECTED
    assert "40762" in order.reason
    assert desk.held() == {"long": "10"}


def test_an_unreadable_position_is_unknown_and_nothing_is_sent(desk):
    for endpoint in ("all-position", "single-position"):
        desk.fault(f"{endpoint}:status")
    time.sleep(1.2)  # until the watch's last good read is too old to decide from
    receipt = desk.signal("short")
    desk.wait_for(lambda: "could not read" in desk.order(receipt).reason)
    assert list(desk.exchange.journal) == []
    desk.exchange.faults.clear()
    assert desk.end(receipt).state is State.CONFIRMED


def test_an_accepted_order_is_verified_although_the_watch_sees_nothing(desk):
    desk.fault("click-backhand:delay:1:ms=300")
    receipt = desk.signal("short")
    desk.wait_for(lambda: list(desk.exchange.journal))
    desk.fault("all-position:status")
    assert desk.end(receipt).state is State.CONFIRMED


def test_a_signal_that_expires_while_the_position_is_read_is_not_carried_out(desk):
    desk.fault("all-position:status")
    account, market = (desk.runner.accounts.get("main"), desk.runner.accounts.market("ETHUSDT"))
    desk.wait_for(lambda: not account.knows(market, 0))
    desk.fault("single-position:delay:ms=900")
    at = (datetime.now(UTC) - timedelta(seconds=59.3)).isoformat()
    assert desk.end(desk.signal("short", at=at)).state is State.EXPIRED
    assert list(desk.exchange.journal) == []


def test_while_in_doubt_no_other_order_of_the_lane_leaves(desk):
    desk.fault("click-backhand:drop-request:1")
    first = desk.signal("short")
    desk.wait_for(lambda: desk.order(first).state is State.IN_DOUBT)
    partial = desk.signal("short", size="3")
    other = desk.end(desk.signal("short", symbol="BTCUSDT"))
    assert other.state is State.CONFIRMED, "another lane goes on"
    assert desk.order(partial).state is State.QUEUED
    assert desk.end(first).state is State.CONFIRMED
    assert desk.end(partial).state is State.UNNEEDED


def test_a_newer_signal_supersedes_one_that_did_not_run(desk):
    desk.fault("click-backhand:drop-request:1")
    first = desk.signal("short")
    desk.wait_for(lambda: desk.order(first).state is State.IN_DOUBT)
    second = desk.signal("long")
    assert desk.end(first).state is State.SUPERSEDED
    assert desk.end(second).state is State.UNNEEDED
    assert desk.executed() == []


def test_partial_reversals_each_run_once_and_in_order(desk):
    desk.fault("click-backhand:drop-reply:1")
    receipts = [desk.signal("short", size=size) for size in ("1", "2", "3")]
    assert [desk.end(receipt).state for receipt in receipts] == [State.CONFIRMED] * 3
    assert [entry["body"]["size"] for entry in desk.executed()] == ["1", "2", "3"]
    assert desk.held() == {"long": "4", "short": "6"}


def test_stale_reads_do_not_make_it_send_again(desk):
    desk.exchange.stale_ms = 700
    receipt = desk.signal("short")
    assert desk.end(receipt).state is State.CONFIRMED
    assert desk.end(desk.signal("short")).state is State.UNNEEDED
    assert len(desk.executed()) == 1


def test_a_clock_that_is_off_is_learned(desk):
    desk.exchange.skew_ms = 60_000
    assert desk.end(desk.signal("short")).state is State.CONFIRMED
    assert len(desk.executed()) == 1


def test_a_mode_changed_in_the_app_is_refused_in_words(desk):
    desk.exchange.accounts["net"].mode = "hedge_mode"
    time.sleep(1.2)  # until the watch has seen it
    order = desk.end(desk.signal("short", account="net"))
    assert order.state is State.DENIED
    assert "is in hedge mode at the exchange, but config.yaml says position_mode: one-way" in order.reason
    assert list(desk.exchange.journal) == []


def test_one_way_mode_turns_the_whole_position(desk):
    assert desk.end(desk.signal("short", account="net")).state is State.CONFIRMED
    body = desk.executed()[0]["body"]
    assert "tradeSide" not in body
    assert "size" not in body
    assert desk.held("net") == {"short": "10"}


def test_a_flat_target_closes_if_the_rule_says_so(desk):
    assert desk.end(desk.signal("flat")).state is State.CONFIRMED
    assert desk.held() == {}


@pytest.mark.parametrize(("age", "state"), [(59, State.CONFIRMED), (61, State.EXPIRED)])
def test_a_signal_that_came_too_late_expires(desk, age, state):
    at = (datetime.now(UTC) - timedelta(seconds=age)).isoformat()
    order = desk.end(desk.signal("short", at=at))
    assert order.state is state


def test_a_delivery_overtaken_by_a_newer_signal_does_not_turn_it_back(desk):
    now = datetime.now(UTC)
    desk.end(desk.signal("short", at=now.isoformat()))
    late = desk.end(desk.signal("long", at=(now - timedelta(seconds=20)).isoformat()))
    assert late.state is State.SUPERSEDED
    assert desk.held() == {"short": "10"}


def test_nor_does_one_that_arrives_while_the_newer_is_being_verified(desk):
    now = datetime.now(UTC)
    desk.exchange.stale_ms = 1000  # so long the lane is held
    newer = desk.signal("short", at=now.isoformat())
    desk.wait_for(desk.executed)
    late = desk.signal("long", at=(now - timedelta(seconds=20)).isoformat())
    assert desk.end(late).state is State.SUPERSEDED
    assert desk.end(newer).state is State.CONFIRMED
    assert desk.held() == {"short": "10"}


def test_a_halt_by_another_process_stops_orders_at_once(desk):
    second = desk.run()
    now = datetime.now(UTC)
    second.ledger.halts.halt(HaltScope(), "ann", "news", now)
    order = desk.end(desk.signal("short"))
    assert (order.state, order.reason) == (State.DENIED, "halted by ann: news")
    second.ledger.halts.resume(HaltScope(), "ann", now)
    assert desk.end(desk.signal("short")).state is State.CONFIRMED


def test_brakes_stop_a_strategy_that_flips_too_often(make_desk):
    desk = make_desk(brakes=", brakes: {flips: 2, window: 1m, cooldown: 1h}")
    desk.run()
    for target in ("short", "long"):
        assert desk.end(desk.signal(target)).state is State.CONFIRMED
    order = desk.end(desk.signal("short"))
    assert order.state is State.DENIED
    assert "2 reversals of ETHUSDT within 60 s" in order.reason
    halts = desk.runner.ledger.halts.in_force()
    assert [(halt.author, halt.scope) for halt in halts] == [("brakes", ("main", "ETHUSDT"))]
    assert desk.end(desk.signal("long", symbol="BTCUSDT")).state is State.UNNEEDED, "other lanes go on"


def test_two_processes_share_the_lanes(desk):
    second = desk.run()
    for number in range(6):
        target, runner = ("short", "long")[number % 2], (desk.runner, second)[number // 2 % 2]
        assert desk.end(desk.signal(target, runner)).state in (State.CONFIRMED, State.UNNEEDED)
    assert len(desk.executed()) == 6


def test_an_accepted_order_is_verified_by_the_process_that_takes_its_lane_over(desk):
    desk.exchange.stale_ms = 1000  # so long it cannot be confirmed
    receipt = desk.signal("short")
    desk.wait_for(desk.executed)
    second = desk.run()
    desk.runner.stop(drain_seconds=0)
    desk.runners.remove(desk.runner)
    assert second.wait(receipt, 10)
    assert desk.states(receipt) == ["queued", "sent", "accepted", "confirmed"]
    assert len(desk.executed()) == 1

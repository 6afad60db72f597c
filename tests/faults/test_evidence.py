"""An order ends by evidence on itself. What another has made, an old read or a single clock ends none."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from executor.core.order import State
from executor.engine.timings import Timings

LONGER = Timings(signature_lifetime=timedelta(seconds=3))
TURNED = {"long": "0", "short": "10"}
#  account → how its order ends that runs after a person has turned the position, and what is held then
ENDS = [("main", State.CONFIRMED, {"short": "10"}), ("net", State.INCOMPLETE, {"long": "10"})]
ACCOUNTS = ["main", "net"]


def fields(account):
    return {"account": "net"} if account == "net" else {}


def in_doubt(world, receipt):
    return world.wait_for(lambda: (order := world.order(receipt)).state is State.IN_DOUBT and order)


def asked(world, endpoint):
    """How often the exchange was asked there."""
    rows = world.exchange.traffic.to_json()["endpoints"]
    return sum(row["requests"] for row in rows if row["endpoint"] == endpoint)


def looked_at(world, receipt):
    """The order, once its lane has looked at it with what is to be seen now, and said what it still awaits."""
    return world.wait_for(lambda: (order := world.order(receipt)).awaits and order)


# A state taken for its cause


@pytest.mark.parametrize("source", ["market", "reverse"])
@pytest.mark.parametrize(("account", "state", "held"), ENDS)
def test_a_position_made_by_hand_confirms_no_doubt(make_world, account, state, held, source):
    world = make_world(timings=LONGER)
    world.fault("click-backhand:late:1:ms=600000")
    receipt = world.signal("short", **fields(account))
    in_doubt(world, receipt)
    world.move(account, **TURNED, source=source)
    told = "as planned, but no record shows that this order made it"
    world.wait_for(lambda: told in world.order(receipt).awaits)
    world.hasten()  # the request runs: in one-way mode it turns back what the person has turned
    order = world.end(receipt)
    assert (order.state, world.held(account)) == (state, held)
    assert len(world.exchange.journal) == 1


@pytest.mark.parametrize(("account", "state", "_"), ENDS)
def test_the_next_signal_waits_for_the_doubt(make_world, account, state, _):
    world = make_world(timings=LONGER)
    world.fault("click-backhand:late:1:ms=600000")
    first = world.signal("short", **fields(account))
    in_doubt(world, first)
    world.move(account, **TURNED)
    looked_at(world, first)
    second = world.signal("long", world.runners[-1], **fields(account))
    time.sleep(0.3)
    assert len(world.exchange.journal) == 1
    world.hasten()
    assert world.end(first).state is state
    assert world.end(second).state in (State.CONFIRMED, State.UNNEEDED)
    assert world.held(account) == {"long": "10"}


def test_a_position_made_by_hand_confirms_no_opening(make_world):
    world = make_world(timings=LONGER)
    world.move(long="0")
    world.fault("place-order:late:1:ms=600000")
    receipt = world.signal("short", open="2")
    in_doubt(world, receipt)
    world.move(short="2")
    looked_at(world, receipt)
    world.hasten()
    order = world.end(receipt)
    assert (order.state, order.position_after.short) == (State.CONFIRMED, Decimal(4)), "both ran, and that is told"


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_position_made_by_hand_counts_once_nothing_can_run(world, account):
    world.fault("click-backhand:drop-request:1")
    receipt = world.signal("short", **fields(account))
    in_doubt(world, receipt)
    world.move(account, **TURNED)
    assert world.end(receipt).state is State.CONFIRMED
    assert world.executed() == []


@pytest.mark.parametrize("account", ACCOUNTS)
def test_its_own_record_ends_a_doubt_early(make_world, account):
    world = make_world(timings=Timings(signature_lifetime=timedelta(minutes=5)))
    world.fault("click-backhand:drop-reply:1")
    assert world.end(world.signal("short", **fields(account))).state is State.CONFIRMED


# A time-out taken for an end


@pytest.mark.parametrize("account", ["main", "net"])
def test_a_live_order_keeps_its_lane(make_world, account):
    world = make_world(verify_for="1s")
    world.fault("click-backhand:live:1:ms=600000")
    first = world.signal("short", **fields(account))
    assert looked_at(world, first).state is State.ACCEPTED
    assert "still works on it" in world.order(first).awaits
    second = world.signal("long", world.runners[-1], **fields(account))
    time.sleep(0.3)
    assert world.order(second).state is State.QUEUED
    world.hasten()
    assert world.end(first).state is State.CONFIRMED
    assert world.end(second).state is State.CONFIRMED
    assert world.held(account) == {"long": "10"}


@pytest.mark.parametrize(("account", "state", "held"), ENDS)
def test_a_live_order_is_not_confirmed_by_a_person(make_world, account, state, held):
    world = make_world(verify_for="1s")
    world.fault("click-backhand:live:1:ms=600000")
    receipt = world.signal("short", **fields(account))
    looked_at(world, receipt)
    world.move(account, **TURNED)
    told = "as planned, but the exchange still works on the order"
    world.wait_for(lambda: told in world.order(receipt).awaits)
    world.hasten()
    order = world.end(receipt)
    assert (order.state, world.held(account)) == (state, held)


@pytest.mark.parametrize("fault", ["code-then-runs=40010", "live"])
def test_a_record_is_ahead_of_the_position(make_world, fault):
    world = make_world(verify_for="1s", account=", late_reads: 5s, answered_doubt: 5s")
    world.fault(f"click-backhand:{fault}:1:ms=1500")
    world.fault("all-position:stale:ms=2500")
    world.fault("single-position:stale:ms=2500")
    order = world.end(world.signal("short", account="net"))
    assert (order.state, world.held("net")) == (State.CONFIRMED, {"short": "10"})
    assert len(world.exchange.journal) == 1


@pytest.mark.parametrize("fault", ["live", "code-then-runs=40010"])
def test_a_plan_that_was_read_before_the_order_ran_confirms_nothing(make_world, fault):
    world = make_world(verify_for="4s", account=", late_reads: 300ms, answered_doubt: 1m")
    world.fault(f"click-backhand:{fault}:1:ms=600000")
    receipt = world.signal("short", account="net")
    looked_at(world, receipt)
    world.move("net", **TURNED)
    world.wait_for(lambda: "as planned, but" in world.order(receipt).awaits)
    world.fault("all-position:status")
    failed = asked(world, "all-position") + 1
    world.wait_for(lambda: asked(world, "all-position") > failed)  # its newest read is from before the order ran
    world.hasten()
    order = world.end(receipt)
    assert (order.state, world.held("net")) == (State.INCOMPLETE, {"long": "10"})


def test_a_live_order_that_is_cancelled_is_incomplete(make_world):
    world = make_world(verify_for="1s")
    world.fault("click-backhand:live-then-canceled:1:ms=600000")
    receipt = world.signal("short")
    looked_at(world, receipt)
    world.hasten()
    order = world.end(receipt)
    assert (order.state, world.held()) == (State.INCOMPLETE, {"long": "10"})


def test_an_accepted_order_without_a_record_waits(make_world):
    world = make_world(verify_for="1s", account=", late_reads: 300ms, answered_doubt: 1m")
    world.fault("click-backhand:live-then-canceled:1:ms=600000")
    world.fault("detail:code=40109")
    world.fault("orders-history:stale:ms=600000")
    receipt = world.signal("short")
    assert "shows no record of it yet" in looked_at(world, receipt).awaits
    assert world.order(receipt).state is State.ACCEPTED


# An end on an old read


def test_a_position_that_was_read_before_the_alert_ends_nothing(world):
    world.fault("all-position:stale:ms=600000")
    world.move(long="0", short="4")
    order = world.end(world.signal("long"))
    assert (order.state, world.held()) == (State.CONFIRMED, {"long": "4"}), "the watch still shows long 10"


@pytest.mark.parametrize(
    ("more", "state", "held"),
    [({}, State.UNNEEDED, {}), ({"open": "2"}, State.CONFIRMED, {"short": "2"})],
    ids=["ignore", "open"],
)
def test_nothing_to_close_is_decided_once_more(world, more, state, held):
    world.fault("all-position:stale:ms=600000")
    world.move(long="0")
    receipt = world.signal("short", **more)
    world.wait_for(lambda: world.exchange.journal)
    world.exchange.faults.clear()
    order = world.end(receipt)
    assert (order.state, world.held()) == (state, held)
    assert [entry.get("refused") for entry in world.exchange.journal][:1] == ["22002"]


def test_nothing_to_close_again_and_again_is_a_refusal(world):
    world.fault("click-backhand:code=22002")
    order = world.end(world.signal("short"))
    assert order.state is State.REJECTED
    assert "22002" in order.reason
    assert len(world.exchange.journal) == 3


# The newest witness against all others


@pytest.mark.parametrize("skewed", ["all-position:skew:1", "orders-history:skew:1", "*:skew:1", "*:skew:9"])
def test_replies_with_another_time_end_no_signature(make_world, skewed):
    world = make_world(timings=LONGER)
    world.fault("click-backhand:late:1:ms=2500")
    receipt = world.signal("short", account="net")
    in_doubt(world, receipt)
    world.fault(f"{skewed}:ms=40000")
    assert world.end(receipt).state is State.CONFIRMED
    assert len(world.exchange.journal) == 1, "nothing was sent again before the first had run"


# The signature bounds what has not been checked yet


@pytest.mark.parametrize("fault", ["code-then-runs=40010", "status-then-runs=503"])
@pytest.mark.parametrize(("account", "more"), [("net", {}), ("main", {"size": "3"})], ids=["one-way", "partial"])
def test_an_answered_doubt_outlives_its_signature(make_world, fault, account, more):
    world = make_world(account=", late_reads: 300ms, answered_doubt: 1m")
    world.fault(f"click-backhand:{fault}:1:ms=600000")
    receipt = world.signal("short", **fields(account), **more)
    in_doubt(world, receipt)
    world.wait_for(lambda: asked(world, "detail"))  # once its signature is dead and reads are no longer late
    time.sleep(0.3)
    assert len(world.exchange.journal) == 1
    world.hasten()
    assert world.end(receipt).state is State.CONFIRMED
    assert len(world.executed()) == 1


@pytest.mark.parametrize("account", ["main", "net"])
def test_an_unanswered_doubt_ends_with_its_signature(make_world, account):
    world = make_world(account=", late_reads: 300ms, answered_doubt: 5m")
    world.fault("click-backhand:drop-request:1")
    assert world.end(world.signal("short", **fields(account))).state is State.CONFIRMED
    assert len(world.executed()) == 1


def test_a_whole_turn_is_planned_anew_but_not_built_up_again(make_world):
    world = make_world(account=", late_reads: 300ms, answered_doubt: 10s")
    world.fault("click-backhand:code-then-runs=40010:1:ms=600000")
    first = world.signal("short")
    assert world.end(first).state is State.CONFIRMED, "the usual wait is enough: a second run finds nothing"
    second = world.signal("long", world.runners[-1])
    waiting = world.wait_for(lambda: (order := world.order(second)).reason and order)
    assert "would close what this order builds up" in waiting.reason
    world.hasten()  # the first request runs after all, and finds nothing to close
    assert world.end(second).state is State.CONFIRMED
    assert world.held() == {"long": "10"}


def test_a_guard_outlives_the_process(make_desk):
    desk = make_desk(account=", late_reads: 300ms, answered_doubt: 1m")
    desk.run()
    desk.fault("click-backhand:code-then-runs=40010:1:ms=600000")
    assert desk.end(desk.signal("short")).state is State.CONFIRMED
    desk.runners.pop(0).stop(drain_seconds=0)
    desk.run()
    second = desk.signal("long")
    waiting = desk.wait_for(lambda: (order := desk.order(second)).reason and order)
    assert "would close what this order builds up" in waiting.reason
    assert len(desk.executed()) == 1


def test_a_record_of_the_first_run_lifts_the_guard(make_world):
    world = make_world(account=", late_reads: 300ms, answered_doubt: 5m")
    world.fault("click-backhand:code-after=40725:1")
    assert world.end(world.signal("short")).state is State.CONFIRMED
    assert world.end(world.signal("long"), seconds=5).state is State.CONFIRMED


# Late reads


@pytest.mark.parametrize("account", ["main", "net"])
def test_reads_may_be_as_late_as_the_account_says(make_world, account):
    world = make_world(timings=LONGER, account=", late_reads: 5s, answered_doubt: 5s")
    world.exchange.stale_ms = 3500
    world.fault("click-backhand:late:1:ms=600000")
    receipt = world.signal("short", **fields(account))
    in_doubt(world, receipt)
    world.hasten()  # what has run shows only after the signature's end
    assert world.end(receipt).state is State.CONFIRMED
    assert len(world.exchange.journal) == 1


def test_a_lagging_read_misleads_no_later_order(make_world):
    world = make_world(account=", late_reads: 4s, position_max_age: 10s")
    assert world.end(world.signal("short", account="net")).state is State.CONFIRMED
    over = time.monotonic() + 4.2
    world.fault("all-position:stale:ms=3900:times=1:account=net")
    world.wait_for(lambda: not world.exchange.faults.to_json())
    world.fault("all-position:status")  # so that the lagging read stays the newest one
    world.wait_for(lambda: time.monotonic() > over)
    assert world.end(world.signal("short", account="net")).state is State.UNNEEDED
    assert world.held("net") == {"short": "10"}


def test_one_way_exit_closes_no_other_side(make_world):
    """A person turns the position, and the watch has not seen it yet."""
    world = make_world(account=", late_reads: 300ms, position_max_age: 10s")
    world.fault("all-position:status")
    world.move("net", long="0", short="7")
    assert world.end(world.signal("exit-long", account="net")).state is State.UNNEEDED
    assert world.held("net") == {"short": "7"}


# What a read may lag behind is known to every process


def lagging_single_reads(world):
    """One process has turned the long, and single-position still shows it."""
    world.fault("single-position:stale:ms=2500")
    assert world.end(world.signal("short")).state is State.CONFIRMED


def test_the_next_node_knows_what_was_held_before(make_desk, postgres_url):
    desk = make_desk(ledger=postgres_url, account=", late_reads: 4s, answered_doubt: 5s")
    first, second = desk.run(), desk.run()
    lagging_single_reads(desk)
    receipt = desk.signal("long", second)
    assert (desk.end(receipt).state, desk.held()) == (State.CONFIRMED, {"long": "10"})
    assert first is desk.runner


def test_the_next_process_knows_what_was_held_before(make_desk):
    desk = make_desk(account=", late_reads: 4s, answered_doubt: 5s")
    desk.run()
    lagging_single_reads(desk)
    desk.runners.pop(0).stop(drain_seconds=0)
    desk.start()
    receipt = desk.signal("long")
    assert (desk.end(receipt).state, desk.held()) == (State.CONFIRMED, {"long": "10"})

"""A second request's evidence says nothing of the first, which was answered in doubt and may still run."""

from executor.core.order import State


def test_a_record_of_the_second_run_keeps_the_guard(make_world):
    world = make_world(account=", late_reads: 300ms, answered_doubt: 12s")
    world.fault("click-backhand:code-then-runs=40010:1:ms=600000")
    world.fault("click-backhand:drop-reply:1")
    assert world.end(world.signal("short")).state is State.CONFIRMED
    assert len(world.exchange.journal) == 2
    second = world.signal("long", world.runners[-1])
    waiting = world.wait_for(lambda: (order := world.order(second)).reason and order)
    assert "would close what this order builds up" in waiting.reason
    world.hasten()  # the first request runs after all, and finds nothing to close
    assert world.end(second).state is State.CONFIRMED
    assert world.held() == {"long": "10"}

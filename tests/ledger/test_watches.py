"""One node of all watches an account, and the others have what it reads; on both databases."""

import time
from datetime import timedelta

import pytest

from executor.ledger import Node, SharedRead
from tests.builders import LEASE

WATCH = "main 0123456789ab"
FUTURES = "USDT-FUTURES"


def beat(ledger, node, *names, trouble=None, lease=LEASE):
    return ledger.nodes.heartbeat(node, lease, dict.fromkeys(names, trouble))


def mine(ledger, node, **terms):
    return beat(ledger, node, WATCH, **terms).watches[WATCH].mine


def read(asked=None, positions="[]"):
    return SharedRead(FUTURES, time.monotonic() if asked is None else asked, positions)


def newest(ledger, known=0, product_type=FUTURES):
    return ledger.watches.newest_read(WATCH, product_type, known)


def test_the_first_node_watches(ledger):
    assert mine(ledger, "here")
    assert not mine(ledger, "there")
    assert mine(ledger, "here")


def test_each_account_has_a_watch_of_its_own(ledger):
    assert mine(ledger, "here")
    assert beat(ledger, "there", WATCH, "other").watches["other"].mine


@pytest.fixture
def expiring(ledger):
    """A ledger where a node called here holds the watch no longer."""
    assert mine(ledger, "here", lease=timedelta(milliseconds=1))
    time.sleep(0.01)  # the ledger's clock is a real one
    return ledger


def test_a_dead_owner_is_followed_by_another(expiring):
    assert mine(expiring, "there")
    assert not mine(expiring, "here")


def test_an_owner_who_cannot_read_stays_until_another_comes(expiring):
    assert beat(expiring, "here").watches[WATCH].mine
    assert mine(expiring, "there")
    assert not beat(expiring, "here").watches[WATCH].mine


def test_a_node_that_leaves_lets_its_watch_go(ledger):
    assert mine(ledger, "here")
    ledger.watches.publish(WATCH, "here", read())
    ledger.nodes.leave("here")
    assert newest(ledger) is None
    assert mine(ledger, "there")


def test_the_others_are_told_the_owners_trouble(ledger):
    assert mine(ledger, "here", trouble="the key was revoked")
    assert beat(ledger, "there", WATCH).watches[WATCH].trouble == "the key was revoked"
    assert mine(ledger, "here")
    assert beat(ledger, "there", WATCH).watches[WATCH].trouble is None


def test_live_nodes_are_counted(ledger):
    ledger.nodes.join(Node("far", "elsewhere", 1), LEASE)
    ledger.nodes.join(Node("dead", "host", 1), -LEASE)
    found = beat(ledger, "here")
    assert (found.nodes, found.neighbours) == (3, 2)


def test_the_others_find_what_the_owner_reads(ledger):
    assert mine(ledger, "here")
    published = read(positions='[{"symbol": "ETHUSDT"}]')
    assert ledger.watches.publish(WATCH, "here", published)
    found = newest(ledger)
    assert found.positions == published.positions
    assert published.asked - 1 < found.asked <= published.asked, "it may look older, never younger"
    assert newest(ledger, product_type="COIN-FUTURES") is None


def test_what_is_known_is_not_found_again(ledger):
    assert mine(ledger, "here")
    ledger.watches.publish(WATCH, "here", read(positions="first"))
    first = newest(ledger)
    assert newest(ledger, first.mark) is None
    time.sleep(0.01)
    ledger.watches.publish(WATCH, "here", read(positions="second"))
    assert newest(ledger, first.mark).positions == "second"


def test_only_the_owner_publishes(ledger):
    assert mine(ledger, "here")
    assert not ledger.watches.publish(WATCH, "there", read())
    assert newest(ledger) is None


def test_what_a_dead_owner_read_counts_no_more(ledger):
    assert mine(ledger, "here")
    ledger.watches.publish(WATCH, "here", read())
    assert mine(ledger, "here", lease=timedelta(milliseconds=1))
    time.sleep(0.01)
    assert ledger.watches.newest_read(WATCH, FUTURES, 0) is None
    assert mine(ledger, "there")
    assert ledger.watches.newest_read(WATCH, FUTURES, 0) is None, "nor once another watches"


def test_a_read_from_the_future_counts_for_nothing(ledger):
    assert mine(ledger, "here")
    ledger.watches.publish(WATCH, "here", read(asked=time.monotonic() + 60))
    assert newest(ledger) is None


def test_watches_that_none_keeps_are_forgotten(ledger):
    assert mine(ledger, "here", lease=-timedelta(days=2))
    ledger.nodes.join(Node("new", "host", 3), LEASE)
    assert WATCH not in beat(ledger, "there").watches

"""What orders do to positions, as Bitget documents it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.simulator import AccountSettings, Settings
from executor.simulator.market import HEDGE, ONE_WAY, Account
from executor.simulator.orders import Order
from executor.simulator.refusal import RequestRefused

D = Decimal
ETH = "ETHUSDT"


def account(mode=HEDGE, held=(), balance="10000000", **rules):
    positions = {(ETH, side): D(size) for side, size in held}
    settings = AccountSettings("a", mode=mode, balance=D(balance), positions=positions)
    return Account.opened(settings, Settings(accounts=(settings,), **rules))


def order(side="", trade_side="", size=None, **more):
    return Order(ETH, side, trade_side, None if size is None else D(size), **more)


@pytest.mark.parametrize(
    ("mode", "held", "asked", "after"),
    [
        (HEDGE, [("long", "10")], order("buy", "open", "10"), {"short": "10"}),
        (HEDGE, [("long", "10")], order("buy", "open", "11"), {"short": "10"}),
        (HEDGE, [("long", "20")], order("buy", "open", "3"), {"long": "17", "short": "3"}),
        (HEDGE, [("short", "10")], order("sell", "open", "10"), {"long": "10"}),
        (HEDGE, [("long", "10"), ("short", "4")], order("sell", "open", "4"), {"long": "14"}),
        (ONE_WAY, [("long", "10")], order("sell"), {"short": "10"}),
        (ONE_WAY, [("long", "10")], order("buy"), {"short": "10"}),
        (ONE_WAY, [("long", "10")], order("sell", size="3"), {"short": "10"}),
        (ONE_WAY, [("short", "10")], order(), {"long": "10"}),
    ],
)
def test_a_reversal_closes_and_opens(mode, held, asked, after):
    mine = account(mode, held)
    mine.reverse(asked, 0)
    assert mine.sizes(ETH) == after
    assert [done.trade_side for done in mine.book.orders] == ["close", "open"]
    assert {done.source for done in mine.book.orders} == {"reverse"}


@pytest.mark.parametrize(
    ("mode", "held", "asked", "code"),
    [
        (HEDGE, [], order("buy", "open", "10"), "22002"),
        (HEDGE, [("long", "10")], order("sell", "open", "10"), "22002"),
        (HEDGE, [("long", "10")], order("buy", "", "10"), "40774"),
        (HEDGE, [("long", "10")], order("buy", "close", "10"), "40774"),
        (HEDGE, [("long", "10")], order("buy", "open"), "40017"),
        (HEDGE, [("long", "10")], order("buy", "open", "0.001"), "45110"),
        (ONE_WAY, [("long", "10")], order("sell", "open"), "40774"),
        (ONE_WAY, [], order("sell"), "22002"),
    ],
)
def test_a_reversal_is_refused(mode, held, asked, code):
    mine = account(mode, held)
    with pytest.raises(RequestRefused, match=code):
        mine.reverse(asked, 0)
    assert mine.sizes(ETH) == dict(held)
    assert mine.book.orders == []


def test_with_too_little_margin_the_largest_possible_position_is_opened():
    mine = account(held=[("long", "10")], balance="1000")
    mine.reverse(order("buy", "open", "10"), 0)
    assert mine.sizes(ETH) == {"short": "5.45"}


def test_a_failing_open_leg_leaves_the_account_flat():
    mine = account(held=[("long", "10")])
    mine.close_done_open_fails = True
    mine.reverse(order("buy", "open", "10"), 0)
    assert mine.sizes(ETH) == {}


def test_a_failed_open_leg_may_be_answered_with_a_code_although_the_close_ran():
    mine = account(held=[("long", "10")], failed_open_code="40762")
    mine.close_done_open_fails = True
    with pytest.raises(RequestRefused, match="40762"):
        mine.reverse(order("buy", "open", "10"), 0)
    assert mine.sizes(ETH) == {}


def test_a_reversal_run_twice_undoes_itself():
    mine = account(ONE_WAY, [("long", "10")])
    for _ in range(2):
        mine.reverse(order("sell", client_id="same"), 0)
    assert mine.sizes(ETH) == {"long": "10"}


@pytest.mark.parametrize(
    ("rules", "mode", "asked", "after"),
    [
        ({"reversal_trade_sides": ("close",)}, HEDGE, order("buy", "close", "10"), {"short": "10"}),
        ({"trade_side_case_matters": False}, HEDGE, order("buy", "OPEN", "10"), {"short": "10"}),
        ({"trade_side_case_matters": True}, HEDGE, order("buy", "OPEN", "10"), "40774"),
        ({"one_way_side_required": True}, ONE_WAY, order(), "40017"),
        ({"one_way_side_means": "order"}, ONE_WAY, order("sell"), {"short": "10"}),
        ({"one_way_side_means": "order"}, ONE_WAY, order("buy"), "22002"),
        ({"one_way_side_means": "position"}, ONE_WAY, order("buy"), {"short": "10"}),
        ({"one_way_size_counts": True}, ONE_WAY, order("sell", size="4"), {"long": "6", "short": "4"}),
        ({"nothing_to_reverse_code": "45003"}, HEDGE, order("sell", "open", "1"), "45003"),
    ],
)
def test_what_bitget_leaves_open_is_a_setting(rules, mode, asked, after):
    mine = account(mode, [("long", "10")], **rules)
    if isinstance(after, str):
        with pytest.raises(RequestRefused, match=after):
            mine.reverse(asked, 0)
    else:
        mine.reverse(asked, 0)
        assert mine.sizes(ETH) == after


@pytest.mark.parametrize(("names", "trade_side"), [("open", "open"), ("close", "close")])
def test_the_returned_id_names_one_of_the_two_orders(names, trade_side):
    mine = account(held=[("long", "10")], reversal_names=names)
    named = mine.reverse(order("buy", "open", "10", client_id="mine"), 0)
    assert named.trade_side == trade_side
    assert mine.book.find(None, "mine") == named


@pytest.mark.parametrize(
    ("mode", "held", "asked", "after"),
    [
        (HEDGE, [], order("buy", "open", "2"), {"long": "2"}),
        (HEDGE, [("long", "2")], order("buy", "close", "5"), {}),
        (ONE_WAY, [], order("sell", "", "2"), {"short": "2"}),
        (ONE_WAY, [("long", "2")], order("sell", "", "5"), {"short": "3"}),
        (ONE_WAY, [("long", "2")], order("sell", "", "5", reduce_only=True), {}),
    ],
)
def test_market_orders_open_and_close(mode, held, asked, after):
    mine = account(mode, held)
    mine.place(asked, 0)
    assert mine.sizes(ETH) == after


def test_closing_without_a_side_closes_both_legs():
    mine = account(held=[("long", "2"), ("short", "1")])
    assert len(mine.close(ETH, None, 0)) == 2
    assert mine.sizes(ETH) == {}


sizes = st.decimals("0.01", 50, places=2)
steps = st.lists(st.tuples(st.sampled_from(["reverse", "open", "close"]), st.sampled_from(["buy", "sell"]), sizes))


@given(steps)
def test_the_fills_explain_the_position(taken):
    mine = account()
    for kind, side, size in taken:
        try:
            if kind == "reverse":
                mine.reverse(order(side, "open", size), 0)
            else:
                mine.place(order(side, kind, size), 0)
        except RequestRefused:
            continue
    explained = {"long": D(0), "short": D(0)}
    for done in mine.book.orders:
        leg = "long" if done.side == "buy" else "short"
        explained[leg] += done.size if done.trade_side == "open" else -done.size
    assert {side: mine.size(ETH, side) for side in explained} == explained

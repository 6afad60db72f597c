"""The request of every action, field by field, as a trader would check it against the exchange's pages."""

from decimal import Decimal

import pytest

from executor.core import (
    Close,
    Leg,
    Market,
    Open,
    Operation,
    Parameters,
    Position,
    PositionMode,
    Request,
    Reverse,
    request_for,
)

D = Decimal
HEDGE, ONE_WAY = PositionMode.HEDGE, PositionMode.ONE_WAY
LONG, SHORT = Leg.LONG, Leg.SHORT
MARKET = Market("ETHUSDT", "USDT-FUTURES", "USDT")
MODES = [HEDGE, ONE_WAY]
UNCHANGED = Parameters()


def reverse(leg, size="10", whole=True):
    return Reverse(leg, D(size), whole, Position())


def request(action, mode, parameters=UNCHANGED, **others):
    return request_for(action, MARKET, mode, parameters, **others)


@pytest.mark.parametrize(
    ("mode", "action", "fields"),
    [
        # a hedge account names the size, whole or not
        (HEDGE, reverse(LONG), {"side": "buy", "tradeSide": "open", "size": "10"}),
        (HEDGE, reverse(SHORT), {"side": "sell", "tradeSide": "open", "size": "10"}),
        (HEDGE, reverse(LONG, "3", whole=False), {"side": "buy", "tradeSide": "open", "size": "3"}),
        (HEDGE, reverse(SHORT, "1E+1"), {"side": "sell", "tradeSide": "open", "size": "10"}),
        # a one-way account names it for a part only, and never a tradeSide
        (ONE_WAY, reverse(LONG), {"side": "sell"}),
        (ONE_WAY, reverse(SHORT), {"side": "buy"}),
        (ONE_WAY, reverse(LONG, "3", whole=False), {"side": "sell", "size": "3"}),
        (ONE_WAY, reverse(SHORT, "0.50", whole=False), {"side": "buy", "size": "0.50"}),
    ],
)
def test_a_reversal_is_requested(mode, action, fields):
    common = {"symbol": "ETHUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}
    assert request(action, mode) == Request(Operation.REVERSE, common | fields)


@pytest.mark.parametrize(
    ("mode", "leg", "fields"),
    [
        (HEDGE, LONG, {"side": "buy", "tradeSide": "open"}),
        (HEDGE, SHORT, {"side": "sell", "tradeSide": "open"}),
        (ONE_WAY, LONG, {"side": "buy"}),
        (ONE_WAY, SHORT, {"side": "sell"}),
    ],
)
def test_an_opening_is_requested(mode, leg, fields):
    common = {
        "symbol": "ETHUSDT",
        "productType": "USDT-FUTURES",
        "marginCoin": "USDT",
        "marginMode": "crossed",
        "orderType": "market",
        "size": "3",
    }
    assert request(Open(leg, D(3), Position()), mode) == Request(Operation.OPEN, common | fields)


def test_an_opening_names_the_margin_mode():
    assert request(Open(LONG, D(3), Position()), HEDGE, margin_mode="isolated").body["marginMode"] == "isolated"


@pytest.mark.parametrize(
    ("mode", "legs", "fields"),
    [
        (HEDGE, (LONG,), {"holdSide": "long"}),
        (HEDGE, (SHORT,), {"holdSide": "short"}),
        (HEDGE, (LONG, SHORT), {}),
        (ONE_WAY, (LONG,), {}),
        (ONE_WAY, (SHORT,), {}),
    ],
)
def test_a_closing_is_requested(mode, legs, fields):
    common = {"symbol": "ETHUSDT", "productType": "USDT-FUTURES"}
    assert request(Close(legs, Position()), mode) == Request(Operation.CLOSE, common | fields)


def test_parameters_replace_and_remove_fields():
    parameters = Parameters({(HEDGE, LONG): {"side": "sell", "tradeSide": None}})
    changed = request(reverse(LONG), HEDGE, parameters).body
    assert (changed["side"], "tradeSide" in changed) == ("sell", False)


@pytest.mark.parametrize(("mode", "leg"), [(HEDGE, SHORT), (ONE_WAY, LONG), (ONE_WAY, SHORT)])
def test_parameters_change_their_row_only(mode, leg):
    parameters = Parameters({(HEDGE, LONG): {"side": "sell", "tradeSide": None}})
    assert request(reverse(leg), mode, parameters) == request(reverse(leg), mode)


def test_parameters_change_reversals_only():
    parameters = Parameters({(mode, leg): {"side": "none"} for mode in MODES for leg in Leg})
    for mode in MODES:
        for action in (Open(LONG, D(3), Position()), Close((LONG,), Position())):
            assert request(action, mode, parameters) == request(action, mode)


def test_part_of_a_one_way_position_stays_forbidden():
    assert Parameters().partial_one_way is False


def test_a_request_is_written_as_json():
    assert request(Close((LONG,), Position()), HEDGE).to_json() == {
        "operation": "close-positions",
        "body": {"symbol": "ETHUSDT", "productType": "USDT-FUTURES", "holdSide": "long"},
    }

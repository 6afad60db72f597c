"""Builders of alerts, intents and claims, and the verbs that bring an order into a state."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import update

from executor.core.order import Intent, Lane, OnFlatTarget, State, WhenFlat
from executor.core.position import Position, Target
from executor.core.reversal import Operation
from executor.core.sizing import parse_size
from executor.ledger import Answered, Claim, Departure, Doubt, NewAlert, OrderEnd, Send
from executor.ledger.tables import dedupe, halts, nodes, orders, sends

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LANE = Lane("main", "ETHUSDT")
LEASE = timedelta(seconds=5)
DOUBT = Doubt("timeout", answered=False, may_run=timedelta(seconds=35))
LONG, SHORT = Position(long=Decimal(10)), Position(short=Decimal(10))


def intent(symbol="ETHUSDT", target="short", size="all", account="main", rule="trend", **terms):
    return Intent(
        account=account,
        symbol=symbol,
        rule=rule,
        target=Target(target),
        size=parse_size(size),
        when_flat=WhenFlat.IGNORE,
        on_flat_target=OnFlatTarget.IGNORE,
        expires_at=NOW + timedelta(seconds=60),
        verify_for=timedelta(seconds=10),
        **terms,
    )


def alert(receipt, key=None, digest="d1", at=NOW, window=60, keys=None, rule_of=None):
    return NewAlert(
        receipt=receipt,
        sender="tradingview",
        fields={"close": Decimal("1834.20"), "market_position": "short"},
        digest=digest,
        received_at=at,
        arrived_at=at,
        config_digest="c1",
        keys={each: timedelta(seconds=window) for each in ([key or receipt] if keys is None else keys)},
        rule_of=rule_of or {},
    )


def queue(ledger, receipt="r1", **terms):
    """Record an alert with one order; the order's id."""
    ledger.alerts.record(alert(receipt), [intent(**terms)])
    return ledger.queries.receipt(receipt).orders[0].id


def due(ledger):
    """The lanes that any node would find something to do on."""
    return ledger.nodes.heartbeat("any", LEASE).due


def pass_time(ledger, lapse):
    """Let that long pass on the ledger's clock: everything that lasts ends so much sooner."""
    lasting = (dedupe.c.expires_at, orders.c.not_before, orders.c.deadline, sends.c.left_at, halts.c.expires_at)
    for column in (*lasting, nodes.c.lease_until):
        sooner = update(column.table).values({column.name: column - lapse // timedelta(microseconds=1)})
        ledger.database.write(lambda connection, sooner=sooner: connection.execute(sooner))


def send(order_id, attempt=1):
    request = {"symbol": "ETHUSDT", "side": "buy"}
    return Send(attempt, f"x{order_id}-{attempt}", Operation.REVERSE, request, NOW)


def departure(fence=1, lane=LANE, node="here", order="o1"):
    return Departure(Claim(lane, node, fence, (), None), send(order), LONG, SHORT, "reverse")


def mark_sent(ledger, claim, order_id, attempt=1, now=NOW):
    return ledger.orders.mark_sent(Departure(claim, send(order_id, attempt), LONG, SHORT, "reverse"), order_id, now)


def bring(ledger, claim, order_id, state):
    """Bring a queued order into a state by the verbs that lead there. Without a look at the position: `ignored`."""
    if state == "ignored":
        ledger.orders.settle(claim, order_id, OrderEnd(State.UNNEEDED, NOW, "because"))
        return
    state = State(state)
    if state is State.QUEUED:
        return
    if state in (State.UNNEEDED, State.DENIED, State.EXPIRED, State.SUPERSEDED):
        looked_at = SHORT if state is State.UNNEEDED else None
        ledger.orders.settle(claim, order_id, OrderEnd(state, NOW, "because", position_before=looked_at))
        return
    assert mark_sent(ledger, claim, order_id) is None
    if state is State.REJECTED:
        ledger.orders.settle(claim, order_id, OrderEnd(state, NOW, "no"))
    elif state in (State.IN_DOUBT, State.ENDED):
        ledger.orders.mark_in_doubt(claim, order_id, NOW, DOUBT)
        if state is State.ENDED:
            ledger.orders.settle(claim, order_id, OrderEnd(state, NOW, "by hand"))
    elif state is not State.SENT:
        ledger.orders.mark_accepted(claim, order_id, Answered(NOW, "e1"))
        if state is not State.ACCEPTED:
            ledger.orders.settle(claim, order_id, OrderEnd(state, NOW, "", position_after=SHORT))

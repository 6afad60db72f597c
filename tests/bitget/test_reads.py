"""Every read over real HTTP: what arrives there, what is made of the answer, and which answers say nothing."""

import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from executor.bitget.codes import CODES, Meaning
from executor.bitget.contracts import contract_in
from executor.bitget.exchange import BitgetExchange
from executor.bitget.order_records import OrderRecord, ReversalList
from executor.bitget.parsing import Unclear
from executor.bitget.positions import AccountMode, PositionRead, PositionsRead
from executor.bitget.reads import DEFINITE, ReadFailed, ReadRefused
from executor.bitget.server_clock import from_milliseconds
from executor.core.contract import Contract, Market
from executor.core.position import Leg, Position, PositionMode
from executor.errors import ReadError
from tests.bitget.samples import MARKET, Connect, signature_of
from tests.bitget.servers import REQUEST_TIME, Exchange, Server, envelope, http, receive

LONG = {
    "symbol": "ETHUSDT",
    "marginCoin": "USDT",
    "holdSide": "long",
    "total": "10",
    "available": "7",
    "posMode": "hedge_mode",
    "marginMode": "crossed",
    "markPrice": "1834.25",
}
SHORT = LONG | {"holdSide": "short", "total": "2.5"}
ORDER = {
    "symbol": "ETHUSDT",
    "orderId": "7",
    "clientOid": "x1-1",
    "size": "10",
    "baseVolume": "4",
    "state": "partially_filled",
    "side": "buy",
    "posSide": "long",
    "orderSource": "reverse",
    "cTime": "1700000000123",
}
TRACE = OrderRecord(
    symbol="ETHUSDT",
    client_order_id="x1-1",
    order_id="7",
    state="partially_filled",
    side="buy",
    pos_side="long",
    size=Decimal(10),
    filled=Decimal(4),
    created_at=from_milliseconds(1700000000123),
    source="reverse",
)
CONTRACT = {
    "symbol": "ETHUSDT",
    "minTradeNum": "0.01",
    "volumePlace": "2",
    "sizeMultiplier": "0.01",
    "minTradeUSDT": "5",
    "maxMarketOrderQty": "1200",
    "symbolStatus": "normal",
    "supportMarginCoins": ["USDT"],
}


def ok(data: Any) -> bytes:
    return http(envelope(data=data))


def refusal(code: str, status: int = 400) -> bytes:
    return http(envelope(code, "the message"), status)


def position(connect: Connect, data: Any, market: Market = MARKET) -> Any:
    with Exchange({"single-position": ok(data)}) as server:
        return connect(server.url).position(market)


@pytest.mark.parametrize(
    ("rows", "held"),
    [
        ([], Position()),
        ([LONG | {"total": "0"}, SHORT | {"total": "0.000"}], Position()),
        ([LONG | {"total": "0", "holdSide": ""}], Position()),
        ([LONG], Position.of(Leg.LONG, Decimal(10))),
        ([SHORT, LONG], Position(long=Decimal(10), short=Decimal("2.5"))),
        ([LONG | {"symbol": "BTCUSDT"}], Position()),
        ([LONG | {"marginCoin": "USDC"}, SHORT], Position.of(Leg.SHORT, Decimal("2.5"))),
        ([LONG | {"symbol": "BTCUSDT", "total": "?"}, SHORT], Position.of(Leg.SHORT, Decimal("2.5"))),
        ([LONG | {"symbol": "ethusdt", "marginCoin": "usdt"}], Position.of(Leg.LONG, Decimal(10))),
        ([LONG | {"total": "1E-3"}], Position.of(Leg.LONG, Decimal("0.001"))),
    ],
)
def test_a_position_is_the_legs_whose_total_is_above_zero(connect: Connect, rows: Any, held: Position) -> None:
    assert position(connect, rows).position == held


@pytest.mark.parametrize("total", [None, "", "ten", "NaN", "Infinity", "-1", "1e999", "1_0", " 1", "0x1", True, [], {}])
def test_a_leg_whose_total_is_not_a_number_is_unknown_and_never_flat(connect: Connect, total: Any) -> None:
    with pytest.raises(ReadFailed, match="ETHUSDT position of account main"):
        position(connect, [LONG | {"total": total}])


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        "",
        "[]",
        [None],
        [[]],
        [LONG, 5],
        [{}],
        [{"total": "10"}],
        [LONG | {"symbol": None}],
        [LONG | {"marginCoin": ""}],
        [LONG | {"holdSide": "net"}],
        [LONG | {"holdSide": None}],
        [LONG | {"holdSide": ["long"]}],
        [LONG, LONG],
        [LONG | {"markPrice": "?"}],
    ],
)
def test_an_answer_that_is_not_clear_is_unknown_and_never_flat(connect: Connect, data: Any) -> None:
    with pytest.raises(ReadFailed):
        position(connect, data)


@pytest.mark.parametrize("rows", [[], [LONG], [LONG, SHORT | {"total": "?"}], [LONG | {"total": 10, "markPrice": ""}]])
def test_another_process_finds_what_was_read(rows: Any) -> None:
    read = PositionsRead.of(rows, 5.0)
    found = PositionsRead.from_text(read.to_text(), 5.0)
    assert told(found) == told(read)


def told(read: PositionsRead) -> PositionRead | str:
    try:
        return read.clear_position(MARKET)
    except Unclear as error:
        return str(error)


@pytest.mark.parametrize(
    ("rows", "mode", "mark_price"),
    [
        ([LONG], PositionMode.HEDGE, Decimal("1834.25")),
        ([LONG | {"posMode": "one_way_mode", "total": "0", "markPrice": ""}], PositionMode.ONE_WAY, None),
        ([LONG, SHORT | {"posMode": "one_way_mode"}], None, Decimal("1834.25")),
        ([LONG | {"posMode": ["?"]}], None, Decimal("1834.25")),
        ([LONG | {"symbol": "BTCUSDT"}], None, None),
        ([], None, None),
    ],
)
def test_mode_and_mark_price_come_from_the_symbols_rows(
    connect: Connect, rows: Any, mode: PositionMode | None, mark_price: Decimal | None
) -> None:
    read = position(connect, rows)
    assert (read.mode, read.mark_price) == (mode, mark_price)


def test_asked_is_the_moment_before_the_question(connect: Connect) -> None:
    with Exchange({"single-position": ok([])}) as server:
        before = time.monotonic()
        asked = connect(server.url).position(MARKET).asked
        assert before <= asked
    assert asked < time.monotonic()


def test_all_positions_are_one_answer_whose_symbols_stand_for_themselves(connect: Connect) -> None:
    rows = [LONG, LONG | {"symbol": "BTCUSDT", "total": "?"}, SHORT | {"symbol": "XRPUSDT"}]
    with Exchange({"all-position": ok(rows)}) as server:
        read = connect(server.url).positions("USDT-FUTURES")
        assert server.received[0].query == {"productType": "USDT-FUTURES"}
    assert read.position(MARKET).position == Position.of(Leg.LONG, Decimal(10))
    assert read.position(Market("XRPUSDT", "USDT-FUTURES", "USDT")).position == Position.of(Leg.SHORT, Decimal("2.5"))
    assert read.position(Market("SOLUSDT", "USDT-FUTURES", "USDT")).position.flat
    assert read.position(MARKET).asked == read.asked
    with pytest.raises(ReadFailed, match="BTCUSDT"):
        read.position(Market("BTCUSDT", "USDT-FUTURES", "USDT"))


Ask = Callable[[BitgetExchange], object]
SYMBOL = {"symbol": "ETHUSDT", "productType": "USDT-FUTURES"}
COIN = {"marginCoin": "USDT"}
READS: dict[str, tuple[Ask, str, dict[str, str], Any, Any]] = {
    # what is asked, where, the query, the answer's data, what is made of it
    "position": (lambda e: e.position(MARKET).position, "position/single-position", SYMBOL | COIN, [], Position()),
    "positions": (
        lambda e: e.positions("USDT-FUTURES").rows,
        "position/all-position",
        {"productType": "USDT-FUTURES"},
        [LONG],
        {("ETHUSDT", "USDT"): [LONG]},
    ),
    "contracts": (
        lambda e: e.contracts("USDT-FUTURES", [MARKET, Market("BTCUSDT", "USDT-FUTURES", "USDT")]),
        "market/contracts",
        {"productType": "USDT-FUTURES"},
        [{"symbol": "XRPUSDT"}, CONTRACT],
        {MARKET: contract_in([CONTRACT], MARKET)},
    ),
    "mode": (
        lambda e: e.account_mode(MARKET),
        "account/account",
        SYMBOL | COIN,
        {"posMode": "one_way_mode", "marginMode": "isolated"},
        AccountMode(PositionMode.ONE_WAY, "isolated"),
    ),
    "order": (lambda e: e.find_order(MARKET, "x1-1"), "order/detail", SYMBOL | {"clientOid": "x1-1"}, ORDER, TRACE),
}


@pytest.mark.parametrize("name", READS)
def test_a_read_is_signed_with_the_query_that_is_sent(connect: Connect, name: str) -> None:
    ask, path, query, data, expected = READS[name]
    with Exchange({path.rsplit("/", 1)[1]: ok(data)}) as server:
        assert ask(connect(server.url)) == expected
    (received,) = server.received
    assert (received.method, received.path, received.query) == ("GET", f"/api/v2/mix/{path}", query)
    if path == "market/contracts":
        assert not [name for name in received.headers if name.startswith("access")]  # public
    else:
        assert received.headers["access-sign"] == signature_of(received)
    assert received.body == b""


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("meaning", [meaning for meaning in Meaning if meaning is not Meaning.ACCEPTED])
def test_a_refusal_of_a_read_is_definite_or_unknown(connect: Connect, name: str, meaning: Meaning) -> None:
    ask, path, *_ = READS[name]
    code = next(code for code, found in CODES.items() if found is meaning)
    answers = {path.rsplit("/", 1)[1]: refusal(code), "time": ok(None), "orders-history": refusal(code)}
    with Exchange(answers) as server, pytest.raises(ReadError) as caught:
        ask(connect(server.url))
    assert isinstance(caught.value, ReadRefused if meaning in DEFINITE else ReadFailed)
    assert f"{code} 'the message'" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "advice"),
    [("40085", "classic"), ("40099", "demo"), ("40012", "api_passphrase"), ("40034", "product_type")],
)
def test_a_definite_refusal_says_what_to_change(connect: Connect, code: str, advice: str) -> None:
    with Exchange({"single-position": refusal(code, 200)}) as server, pytest.raises(ReadRefused, match=advice):
        connect(server.url).position(MARKET)


@pytest.mark.parametrize("answer", [refusal("40085", 503), refusal("12345"), http(b""), http(b"<html>", 403), b"\x00"])
def test_anything_else_is_unknown(connect: Connect, answer: bytes) -> None:
    with Exchange({"single-position": answer}) as server, pytest.raises(ReadFailed):
        connect(server.url, read_timeout_seconds=0.2).position(MARKET)


def hang_up(connection: socket.socket) -> None:
    receive(connection)


def test_no_connection_and_no_answer_are_unknown(connect: Connect) -> None:
    with pytest.raises(ReadFailed, match="no connection"):
        connect("http://127.0.0.1:1").position(MARKET)
    with Server(hang_up) as server, pytest.raises(ReadFailed):
        connect(server.url).position(MARKET)


def test_a_read_refused_for_the_clock_is_signed_again_once(connect: Connect) -> None:
    answers: dict[str, Any] = {"single-position": [refusal("40008"), ok([LONG])], "time": ok(None)}
    with Exchange(answers) as server:
        assert connect(server.url).position(MARKET).position.long == 10
        assert [received.path.rsplit("/", 1)[1] for received in server.received] == [
            "single-position",
            "time",
            "single-position",
        ]
    assert abs(int(server.received[2].headers["access-timestamp"]) - REQUEST_TIME) < 5000


def test_a_read_without_room_fails_at_once_and_says_when(connect: Connect) -> None:
    with Exchange({"all-position": ok([])}) as server:
        exchange = connect(server.url)
        for _ in range(4):
            exchange.positions("USDT-FUTURES")
        with pytest.raises(ReadFailed, match="5 a second") as failed:
            exchange.positions("USDT-FUTURES")
        assert timedelta(0) < (failed.value.retry_after or timedelta(0)) <= timedelta(seconds=1.1)
        assert len(server.received) == 4


TOO_MANY = http(envelope("429", "Too Many Requests"), 429)


@pytest.mark.parametrize("answer", [TOO_MANY, http(b"<html>slow down</html>", 429)])
def test_after_a_429_only_what_an_order_needs_is_asked(connect: Connect, answer: bytes) -> None:
    with Exchange({"all-position": answer, "single-position": ok([LONG])}) as server:
        exchange = connect(server.url)
        for _ in range(2):
            with pytest.raises(ReadFailed, match="429") as failed:
                exchange.positions("USDT-FUTURES")
            assert failed.value.retry_after is not None
        with pytest.raises(ReadFailed, match="429"):
            exchange.position(MARKET)
        assert exchange.position(MARKET, urgent=True).position.long == 10
        assert len(server.received) == 2


def test_a_read_is_not_repeated_before_the_exchange_wants_it(connect: Connect) -> None:
    busy = http(envelope("429", "Too Many Requests"), 429, "Retry-After: 7")
    with Exchange({"single-position": busy}) as server, pytest.raises(ReadFailed) as failed:
        connect(server.url).position(MARKET, urgent=True)
    assert failed.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("data", [None, [], {}, {"posMode": "hedge_mode"}, {"posMode": "?", "marginMode": "crossed"}])
def test_a_mode_that_is_not_clear_is_unknown(connect: Connect, data: Any) -> None:
    with Exchange({"account": ok(data)}) as server, pytest.raises(ReadFailed):
        connect(server.url).account_mode(MARKET)


def contract(connect: Connect, rows: Any) -> Contract:
    with Exchange({"contracts": ok(rows)}) as server:
        found = connect(server.url).contract(MARKET)
        assert server.received[0].query == SYMBOL
        assert not [name for name in server.received[0].headers if name.startswith("access")]
    return found


def test_a_contract_holds_what_may_be_traded(connect: Connect) -> None:
    assert contract(connect, [CONTRACT | {"symbol": "BTCUSDT"}, CONTRACT]) == Contract(
        symbol="ETHUSDT",
        step=Decimal("0.01"),
        places=2,
        minimum=Decimal("0.01"),
        minimum_notional=Decimal(5),
        maximum_market=Decimal(1200),
        status="normal",
    )


def test_what_a_contract_leaves_out_does_not_limit(connect: Connect) -> None:
    found = contract(connect, [CONTRACT | {"minTradeUSDT": "", "maxMarketOrderQty": "0"}])
    assert (found.minimum_notional, found.maximum_market) == (Decimal(0), None)


@pytest.mark.parametrize(
    ("rows", "why"), [([], "no symbol"), ([CONTRACT | {"supportMarginCoins": ["USDC", "BTC"]}], "USDC, BTC")]
)
def test_a_contract_that_does_not_exist_is_refused(connect: Connect, rows: Any, why: str) -> None:
    with pytest.raises(ReadRefused, match=why):
        contract(connect, rows)


@pytest.mark.parametrize(
    "change",
    [
        {"sizeMultiplier": "?"},
        {"volumePlace": "1.5"},
        {"volumePlace": "99"},
        {"minTradeNum": None},
        {"symbolStatus": 1},
    ],
)
def test_a_contract_that_is_not_clear_is_unknown(connect: Connect, change: dict[str, Any]) -> None:
    with pytest.raises(ReadFailed):
        contract(connect, [CONTRACT | change])


LISTED = {name: value for name, value in ORDER.items() if name != "state"} | {"status": "partially_filled"}


def history(*rows: Any) -> bytes:
    return ok({"entrustedList": list(rows) or None, "endId": None})


@pytest.mark.parametrize(
    ("past", "found"),
    [(history(), None), (history(LISTED | {"clientOid": "x2-1"}), None), (history(LISTED), TRACE)],
)
def test_an_order_that_detail_does_not_know_is_sought_in_the_history(
    connect: Connect, past: bytes, found: OrderRecord | None
) -> None:
    with Exchange({"detail": refusal("40109"), "orders-history": past}) as server:
        assert connect(server.url).find_order(MARKET, "x1-1") == found
        assert server.received[1].query == SYMBOL | {"clientOid": "x1-1"}


@pytest.mark.parametrize("data", [None, [], {}, ORDER | {"clientOid": "x2-1"}, ORDER | {"cTime": "?"}])
def test_an_order_that_is_not_clear_is_unknown_and_never_absent(connect: Connect, data: Any) -> None:
    with Exchange({"detail": ok(data)}) as server, pytest.raises(ReadFailed):
        connect(server.url).find_order(MARKET, "x1-1")


SINCE = from_milliseconds(1700000000123)


def reversals(connect: Connect, past: bytes, pending: bytes, since: datetime = SINCE) -> tuple[OrderRecord, ...]:
    with Exchange({"orders-history": past, "orders-pending": pending}) as server:
        found = connect(server.url).reversals_since("USDT-FUTURES", since).read()
        asked = {"productType": "USDT-FUTURES", "startTime": "1700000000123", "limit": "100"}
        assert [received.query for received in server.received] == [asked, asked | {"orderSource": "reverse"}]
    return found


def test_reversals_since_then_come_oldest_first(connect: Connect) -> None:
    later, older = (
        LISTED | {"orderId": "8", "cTime": "1700000000999"},
        LISTED | {"orderId": "6", "cTime": "1700000000122"},
    )
    other = LISTED | {"orderId": "9", "orderSource": "normal"}
    found = reversals(connect, history(later, older, LISTED), history(later, other))
    assert [order.order_id for order in found] == ["7", "8"]
    assert found[0] == TRACE


def test_a_time_finer_than_the_exchanges_loses_no_reversal(connect: Connect) -> None:
    assert reversals(connect, history(LISTED), history(), SINCE + timedelta(microseconds=900)) == (TRACE,)


def test_an_odd_row_of_another_source_hides_no_reversal(connect: Connect) -> None:
    odd = {"orderSource": "normal", "orderId": None, "cTime": None}
    assert reversals(connect, history(LISTED), history(odd)) == (TRACE,)


def test_lists_are_read_to_their_last_page(connect: Connect) -> None:
    grid = [LISTED | {"orderId": str(number), "orderSource": "normal"} for number in range(900, 800, -1)]
    pages = [
        ok({"entrustedList": grid, "endId": "801"}),
        ok({"entrustedList": [*grid[:20], LISTED], "endId": "7"}),
    ]
    with Exchange({"orders-history": history(), "orders-pending": pages}) as server:
        assert connect(server.url).reversals_since("USDT-FUTURES", SINCE).read() == (TRACE,)
        assert [received.query.get("idLessThan") for received in server.received] == [None, "801", None]


def test_a_list_without_an_end_is_unknown(connect: Connect) -> None:
    endless = ok({"entrustedList": [LISTED] * 100, "endId": "7"})
    answers = {"orders-history": endless, "orders-pending": history()}
    with Exchange(answers) as server, pytest.raises(ReadFailed, match="more than 2000 orders"):
        patiently(connect(server.url).reversals_since("USDT-FUTURES", SINCE))


def test_what_the_limit_forbids_is_read_at_the_next_try(connect: Connect) -> None:
    rows = [LISTED | {"orderId": str(number)} for number in range(1400, 400, -1)]
    pages = [
        ok({"entrustedList": rows[page : page + 100], "endId": rows[page + 99]["orderId"]})
        for page in range(0, 1000, 100)
    ]
    with Exchange({"orders-history": [*pages, history(LISTED)], "orders-pending": history()}) as server:
        assert len(patiently(connect(server.url).reversals_since("USDT-FUTURES", SINCE))) == 1001
        asked = [received.query.get("idLessThan") for received in server.received]
        assert asked == [None, None, *(str(number) for number in range(1301, 400, -100))], "each page once"


def patiently(listing: ReversalList) -> tuple[OrderRecord, ...]:
    """What it holds, as its limit allows."""
    while True:
        try:
            return listing.read()
        except ReadFailed as error:
            if error.retry_after is None:
                raise
            time.sleep(error.retry_after.total_seconds())


@pytest.mark.parametrize(
    "past", [ok(None), ok({}), ok([]), history("row"), history(LISTED | {"cTime": None}), history({"orderId": None})]
)
def test_reversals_that_are_not_clear_are_unknown(connect: Connect, past: bytes) -> None:
    answers = {"orders-history": past, "orders-pending": history()}
    with Exchange(answers) as server, pytest.raises(ReadFailed, match="orders-history of account main"):
        connect(server.url).reversals_since("USDT-FUTURES", SINCE).read()


def test_threads_may_read_at_once(connect: Connect) -> None:
    found: list[Position] = []
    with Exchange({"single-position": ok([LONG])}) as server:
        exchange = connect(server.url)
        threads = [
            threading.Thread(target=lambda: found.append(exchange.position(MARKET, urgent=True).position))
            for _ in range(10)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [Position.of(Leg.LONG, Decimal(10))] * 10

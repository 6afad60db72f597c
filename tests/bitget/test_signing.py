from typing import Any

import pytest

from executor.bitget.signing import query_string, sign, signing_key

BODY = (
    b'{"symbol":"BTCUSDT","productType":"USDT-FUTURES","marginCoin":"USDT","size":"0.01","side":"buy",'
    b'"tradeSide":"open","clientOid":"rev-1"}'
)
POSITION = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "signature"),
    [
        ("POST", "/api/v2/mix/order/click-backhand", "", BODY, "108nptGhQwHSaAlKPmU7rBcKZtzaN80g9CIbIbtCsdU="),
        (
            "GET",
            "/api/v2/mix/position/single-position",
            query_string(POSITION),
            b"",
            "Ab2mdoo+vei8UpjbfF5VZnrAVdxcit8oF4ycI4+Xkfo=",
        ),
    ],
)
def test_known_answers(method: str, path: str, query: str, body: bytes, signature: str) -> None:
    assert sign(signing_key("test-secret"), "1659076670000", method, path, query, body) == signature


def test_the_query_is_sorted_by_key() -> None:
    assert query_string(POSITION) == "marginCoin=USDT&productType=USDT-FUTURES&symbol=BTCUSDT"


def test_every_part_is_signed() -> None:
    parts: dict[str, Any] = {
        "key": signing_key("s"),
        "timestamp": "1",
        "method": "GET",
        "path": "/p",
        "query": "q=1",
        "body": b"body",
    }
    other = {"key": signing_key("x"), "body": b"x"}
    changed = [parts | {name: other.get(name, "x")} for name in parts]
    assert len({sign(**each) for each in [parts, *changed]}) == 1 + len(parts)

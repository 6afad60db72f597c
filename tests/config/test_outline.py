from pathlib import Path

import pytest

from executor.config import ConfigError, outline
from executor.core import Market, PositionMode

SHIPPED = Path(__file__).parents[2] / "config.yaml"


def test_a_missing_secret_and_a_bad_rule_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(SHIPPED.read_text().replace("{{ ticker }}", "{{ ticker"))
    found = outline(path, {})
    assert found.ledger_url == "sqlite:///executor.db"
    assert (found.accounts, found.symbols) == (("main",), ("ETHUSDT", "BTCUSDT"))


def test_the_simulated_accounts_and_their_modes_are_told_as_far_as_they_can_be(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        """
        accounts:
          net: {venue: simulator, position_mode: one-way}
          odd: {venue: simulator, position_mode: [hegde]}
          real: {venue: live, position_mode: hedge, api_key: "${NOWHERE}"}
          nothing:
        """
    )
    found = outline(path, {})
    assert found.simulated == {"net": PositionMode.ONE_WAY, "odd": PositionMode.HEDGE}
    assert found.accounts == ("net", "odd", "real", "nothing")


def test_the_markets_are_told_as_far_as_they_can_be(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        """
        symbols:
          BTCUSD: {product_type: COIN-FUTURES, margin_coin: BTC, tickers: [BTCUSD.P]}
          ETHUSDT: {product_type: [USDT-FUTURES], margin_coin: USDT}
          XRPUSDT:
        """
    )
    found = outline(tmp_path / "config.yaml", {})
    assert found.markets == (Market("BTCUSD", "COIN-FUTURES", "BTC"),)
    assert found.symbols == ("BTCUSD", "ETHUSDT", "XRPUSDT")


@pytest.mark.parametrize(
    ("text", "environ", "url"),
    [
        ("accounts: {}", {}, "sqlite:///executor.db"),
        ("ledger: postgresql://executor:${PASSWORD}@localhost/e", {"PASSWORD": "hunter2"}, "postgresql://executor:hunter2@localhost/e"),
    ],
)  # fmt: skip
def test_the_ledger_is_where_the_file_says(tmp_path: Path, text: str, environ: dict[str, str], url: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    found = outline(tmp_path / "config.yaml", environ)
    assert found.ledger_url == url
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ledger: ${NOWHERE}", "1  ledger  the environment variable NOWHERE is not set"),
        ("version: 1\nledger: sqlite:///a.db\nledger: sqlite:///b.db", "3  ledger  this key is given twice"),
        ("ledger: [", "2  this is not valid YAML"),
        ("- ledger", "1  the file holds no configuration"),
        ("", "1  the file holds no configuration"),
    ],
)
def test_a_ledger_that_cannot_be_told_is_complained_about(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        outline(path, {})
    assert [one.text.startswith(f"{path}:{complaint}") for one in refused.value.complaints] == [True]


def test_a_file_that_is_not_there_is_complained_about(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        outline(tmp_path / "none.yaml", {})

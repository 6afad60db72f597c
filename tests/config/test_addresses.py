from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from executor.config.model.addresses import BaseUrl, LedgerUrl, Network, is_loopback, networks

BASE_URL: TypeAdapter[Any] = TypeAdapter(BaseUrl)
LEDGER_URL: TypeAdapter[Any] = TypeAdapter(LedgerUrl)


@pytest.mark.parametrize(
    "url",
    ["https://api.bitget.com", "https://proxy.example.com:8443/bitget", "http://127.0.0.1:5020", "http://[::1]:80"],
)
def test_the_exchange_is_reached_by_https_or_on_this_machine(url: str) -> None:
    assert BASE_URL.validate_python(f"{url}/") == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://api.bitget.com", "in the clear"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("http://0.0.0.0:5020", "in the clear"),
        ("https://key:word@api.bitget.com", "user name or password"),
        ("https://api.bitget.com?x=1", "not an address"),
        ("https://api.bitget.com:port", "not an address"),
        ("https://[::1", "not an address"),
        ("api.bitget.com", "not an address"),
        ("ftp://api.bitget.com", "not an address"),
    ],
)
def test_other_addresses_of_the_exchange_are_refused(url: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BASE_URL.validate_python(url)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.0.0.0/8", ["10.0.0.0/8"]),
        ("192.0.2.7", ["192.0.2.7/32"]),
        ("2001:db8::/32", ["2001:db8::/32"]),
        ("::ffff:192.0.2.7", ["192.0.2.7/32"]),
        ("::ffff:10.0.0.0/104", ["10.0.0.0/8"]),
        ("::fffe:0:0/95", ["::fffe:0:0/95"]),
        ("tradingview", ["52.89.214.238/32", "34.212.75.30/32", "54.218.53.128/32", "52.32.178.7/32"]),
    ],
)
def test_a_network_is_a_name_an_address_or_a_range(written: str, meant: list[str]) -> None:
    name = TypeAdapter(Network).validate_python(written)
    assert list(map(str, networks([name]))) == meant


@pytest.mark.parametrize(
    "url", ["sqlite:///executor.db", "sqlite:////var/lib/an executor/ledger.db", "postgresql+psycopg://u:p@host:5432/x"]
)
def test_a_ledger_is_a_file_or_a_postgresql_database(url: str) -> None:
    assert LEDGER_URL.validate_python(url).get_secret_value() == url


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "executor.db", "mysql://host/x", "postgresql://u:hunter2@host:port/x"]
)
def test_a_ledger_that_would_forget_or_cannot_be_reached_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValidationError, match="is not a ledger") as refused:
        LEDGER_URL.validate_python(url)
    assert "hunter2" not in refused.value.errors(include_input=False)[0]["msg"]


@pytest.mark.parametrize(
    ("host", "here"), [("localhost", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False)]
)
def test_loopback_is_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here

"""Which secrets are in use, told without telling any of them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from executor.engine.senders.secret_uses import mark
from executor.ledger import SecretUse, open_ledger

AT = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
WRITTEN, FALLBACK, SIGNING = "a1c3e5a7c9e1a3c5e7", "c3d5e7c9d1e3c5d7e9", "whsec_s/yK89a35OtllLeYhH+YC6Xja0aezs1w"
SENDERS = f"""
  tradingview:
    secrets:
      - ${{ALERT_SECRET}}
      - {WRITTEN}
      - ${{OLD_SECRET:-{FALLBACK}}}
    secret_field: secret
    networks: [tradingview, 10.0.0.0/8]
    accept: [path, body]
  desk: {{secrets: [{SIGNING}], may: {{symbols: [ETHUSDT, BTCUSDT], rules: [eth-trend]}}}}
"""


@pytest.fixture
def run(run, tmp_path):
    """The shipped config.yaml with other senders."""
    path = tmp_path / "config.yaml"
    before, _, rest = path.read_text().partition("\nsenders:")
    after = rest[rest.index("\nsymbols:") : rest.index("\ntests:") + 1]
    path.write_text(f"{before}\nsenders:{SENDERS}{after}")
    return run


@pytest.fixture
def ledger(run, tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/executor.db")
    ledger.migrate()
    yield ledger
    ledger.close()


def used(sender, secret, way, minute):
    return SecretUse(sender, mark(sender, secret), way, AT + timedelta(minutes=minute))


def test_each_secret_has_its_place_its_name_and_its_last_use(run, ledger, secret, tmp_path):
    ledger.secret_uses.record(
        [
            used("tradingview", secret, "body", 0),
            used("tradingview", secret, "path", 3),
            used("tradingview", FALLBACK, "body", 1),
            used("desk", WRITTEN, "bearer", 2),
        ]
    )
    result = run("senders")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    config = (tmp_path / "config.yaml").read_text().splitlines()
    assert lines[:12] == [
        "tradingview",
        "accepts body, path",
        "from tradingview, 10.0.0.0/8",
        "secret last used (UTC) how",
        "1 ${ALERT_SECRET} 2026-11-20 09:15 path",
        f"2 line {config.index(f'      - {WRITTEN}') + 1} never",
        "3 ${OLD_SECRET} 2026-11-20 09:13 body",
        "",
        "desk",
        "accepts signature",
        "from anywhere",
        "may use rules eth-trend; symbols BTCUSDT, ETHUSDT",
    ]
    assert max(map(len, result.output.splitlines())) <= 80


def test_as_json_every_way_has_its_time(run, ledger, secret):
    ledger.secret_uses.record([used("tradingview", secret, "body", 0), used("tradingview", secret, "path", 3)])
    tradingview, desk = json.loads(run("senders", "--json").output)
    assert tradingview["secrets"][0] == {
        "position": 1,
        "label": "${ALERT_SECRET}",
        "last_used": {"body": "2026-11-20T09:12:00Z", "path": "2026-11-20T09:15:00Z"},
    }
    assert [one["last_used"] for one in tradingview["secrets"][1:] + desk["secrets"]] == [{}, {}, {}]
    assert (tradingview["accept"], tradingview["networks"]) == (["body", "path"], ["tradingview", "10.0.0.0/8"])
    assert (desk["accept"], desk["networks"]) == (["signature"], None)
    assert (tradingview["may"], desk["may"]) == (None, {"rules": ["eth-trend"], "symbols": ["BTCUSDT", "ETHUSDT"]})


def test_the_certificate_that_a_sender_must_show_is_told(run, ledger, tmp_path):
    path, pin = tmp_path / "config.yaml", "ab" * 32
    named = '{organization: "TradingView, Inc.", email: webhook-server@tradingview.com}'
    pinned = f"{{organization: Desk, email: desk@example.com, fingerprints: [{pin}]}}"
    text = path.read_text().replace("version: 1\n", "version: 1\nproxies: {secret: 9f31c07ad2e84b65}\n", 1)
    text = text.replace("    secret_field: secret\n", f"    certificate: {named}\n", 1)
    path.write_text(text.replace("  desk: {", f"  desk: {{certificate: {pinned}, ", 1))
    told = " ".join(run("senders").output.split())
    names = "TradingView, Inc., webhook-server@tradingview.com"
    assert f"{names} (not pinned: any certificate with these names is accepted)" in told
    assert "Desk, desk@example.com (1 pinned)" in told
    tradingview, desk = json.loads(run("senders", "--json").output)
    assert (tradingview["certificate"]["fingerprints"], desk["certificate"]["fingerprints"]) == ([], [pin])


def test_a_secret_keeps_its_times_when_its_place_changes(run, ledger, secret, tmp_path):
    ledger.secret_uses.record([used("tradingview", FALLBACK, "body", 1)])
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text().replace(f"      - {WRITTEN}\n", ""))
    tradingview, _ = json.loads(run("senders", "--json").output)
    assert [(one["position"], bool(one["last_used"])) for one in tradingview["secrets"]] == [(1, False), (2, True)]


def test_no_secret_and_no_mark_of_one_is_shown(run, ledger, secret):
    results = [run("senders"), run("senders", "--json")]
    assert [result.exit_code for result in results] == [0, 0]
    told = "".join(result.output for result in results)
    for hidden in (secret, WRITTEN, FALLBACK, SIGNING):
        assert hidden not in told
        assert mark("tradingview", hidden) not in told

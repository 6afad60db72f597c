"""No secret reaches a log, the ledger, a receipt, a page, a command's output or a process's command line."""

import base64
import json
from urllib.parse import quote

import pytest

from tests.canary.config import ECHOES
from tests.canary.planted import Planted
from tests.canary.stage import Stage

pytestmark = pytest.mark.xdist_group("canary")  # one stage for all

#   how a saved config.yaml is broken → what takes the place of a line
BROKEN = {
    "an unclosed quote": ("  inline: {secrets: [~]}", '  inline: {secrets: ["~]}'),
    "a secret that is no list": ("  inline: {secrets: [~]}", "  inline: {secrets: ~}"),
    "a secret that is a mapping": ("  inline: {secrets: [~]}", "  inline: {secrets: [{~: ~}]}"),
    "an unknown key": ("  inline: {secrets: [~]}", "  inline: {secret: ~}"),
    "the same secret twice": ("  inline: {secrets: [~]}", "  inline: {secrets: [~]}\n  copy: {secrets: [~]}"),
    "a secret as the proof": ("  inline: {secrets: [~]}", "  inline: {secrets: [~], accept: ['${PATH_SECRET}']}"),
    "a secret as the field": ("  inline: {secrets: [~]}", '  inline: {secrets: [~], secret_field: ["${PATH_SECRET}"]}'),
    "a secret as the pattern": (
        "  inline: {secrets: [~]}",
        '  inline: {secrets: [~], format: {pattern: "(${PATH_SECRET}"}}',
    ),
    "a secret as the format": ("  inline: {secrets: [~]}", '  inline: {secrets: [~], format: "${PATH_SECRET}"}'),
    "a credential as a sender's": ("  inline: {secrets: [~]}", '  inline: {secrets: ["${API_SECRET}"]}'),
    "the password for its hash": ('password_hash: "${PASSWORD_HASH}"', 'password_hash: "${PASSWORD}"'),
    "a credential as a number": ("api_secret: ${API_SECRET}", 'api_secret: ["${API_SECRET}"]'),
    "a key for a venue": ("venue: demo", 'venue: "${API_KEY}"'),
    "credentials in an address": ("base_url: ", 'base_url: "http://${API_KEY}:${API_SECRET}@127.0.0.1:1" # '),
    "an unknown ledger with a password": ("ledger: ", "ledger: mysql://user:~@127.0.0.1:1/none # "),
}
SAVED = 4  # as many are saved under the running server: a second each, and it says what the commands say


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("stage"))
    try:
        stage.send_every_way()
        stage.be_refused()
        stage.meet_the_exchange()
        stage.crash()
        stage.operate()
        stage.watch_processes()
        good = stage.config.read_text()
        for number, (line, instead) in enumerate(BROKEN.values()):
            line, instead = (part.replace("~", stage.planted.inline) for part in (line, instead))
            assert line in good
            stage.check(good.replace(line, instead))
            if number < SAVED:
                stage.save(good.replace(line, instead))
        stage.config.write_text(good)
        stage.command_everything()
        stage.start_badly(good)
        stage.look_around()
    finally:
        stage.stop()
    for number, sign in enumerate(stage.echo.signatures):
        stage.planted.derived[f"signature {number}"] = sign
    return stage


def log(stage):
    return (stage.folder / "server.log").read_text()


def ledger(stage):
    return stage.ledger()


def answers(stage):
    return "\n".join(stage.answers)


def complaints(stage):
    return "\n".join(stage.complaints)


def commands(stage):
    return "\n".join(stage.commands)


def processes(stage):
    return "\n".join(stage.processes)


#   a hiding place → what proves that the right thing is searched
PLACES = {
    log: ["alert stored", "alert refused", "request failed", "lane failed", "config rejected", "operator logged in"],
    ledger: ["SYM1USDT", "click-backhand", "queued"],
    answers: ["# HELP executor", "SYM1USDT", "application/problem+json", "<html", "openapi"],
    complaints: ["is missing", "senders."],
    commands: ["SYM0USDT", "turn", "executor: "],
    processes: ["serve", "tests.canary.crashing"],
}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_no_canary_is_found(stage, place):
    text = place(stage)
    assert [sign for sign in PLACES[place] if sign not in text] == []
    assert stage.planted.found(text) == []


def test_every_canary_was_used(stage):
    assert len(stage.receipts) >= 6 + len(ECHOES)
    assert stage.echo.signatures
    assert {"an alert's signature", "the session's cookie"} <= set(stage.planted.derived)


@pytest.mark.parametrize(
    "told",
    [
        str,
        repr,
        json.dumps,
        quote,
        lambda value: f"Bearer {value}"[:25],
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(f"ab{value}".encode()).decode(),
        lambda value: value.encode().hex(),
    ],
)
def test_a_canary_would_be_found(told):
    planted = Planted()
    for name, value in planted.environ.items():
        if name not in ("SIGNING_SECRET", "PASSWORD_HASH"):
            assert planted.found(f"before {told(value)} after")[0].startswith(name)

"""Rules that look dangerous, in front of alerts that make the worst of them: each is answered within a second."""

import json
import time

import pytest

from tests.served import Served, by_command

BOMB = "^(a|a?)+$"
SENDER = f"""
  bombed:
    secrets: ["${{ALERT_SECRET}}-bombed"]
    format: {{pattern: "(?P<text>{BOMB})"}}
"""
#   a rule's target, which a long text is to blow up → what is said
VALUES = {
    "doubling": ("{{ " + " ~ ".join(["text"] * 100) + " }}", "grows beyond"),
    "replacing": ("{{ text" + " | replace('a', 'aaaaaaaaaa')" * 6 + " }}", "grows beyond"),
    "multiplying": ("{{ number" + " * number" * 30 + " }}", "multiplying"),
    "splitting": ("{{ text | split('a') }}", "splits into more than"),
    "rounding": ("{{ number | round(number) }}", "round takes up to"),
    "class": ("{{ alert.__class__.__mro__ }}", "no field"),
    "import": ("{{ alert['__builtins__']['__import__'] }}", "no field"),
    "placeholder": ("{{ text[:3] }}{{ '{' }}{ x }}", "aaa"),
}
#   what no template may hold → what is said when it is saved
HOSTILE = {
    "{% for a in alert %}{% for b in alert %}x{% endfor %}{% endfor %}": "{% for %} is not available",
    "{{ range(1000000000) }}": "can only call filters",
    "{{ 9 ** 9 ** 9 }}": "pow is not available",
    "{{ ''.__class__.__subclasses__() }}": "there is no method __subclasses__()",
    "{{ lipsum.__globals__.os.popen('id').read() }}": "there is no method read()",
    "{% include '/etc/passwd' %}": "{% include %} is not available",
    "{{ " + "-" * 60 + "1 }}": "nested more than 40 deep",
}


class Bombed(Served):
    """The shipped config.yaml with more senders and rules."""

    def text(self):
        text, _, _ = super().text().partition("\ntests:")
        text = text.replace("\nsymbols:", SENDER.rstrip() + "\n\nsymbols:")
        rules = [("matching", "{{ text }}", {"kind": "matching", "text": {"matches": BOMB}})]
        rules += [(name, target, {"kind": name}) for name, (target, _) in VALUES.items()]
        return "\n".join([text.rstrip(), *map(written, rules), ""])


def written(rule):
    name, target, when = rule
    rule = {"name": name, "when": when, "accounts": ["main"], "symbol": "ETHUSDT", "target": target}
    return f"  - {json.dumps(rule)}"


@pytest.fixture(scope="module")
def bombed(tmp_path_factory):
    served = Bombed(tmp_path_factory.mktemp("bombed"), by_command)
    yield served
    served.stop()


@pytest.fixture
def refusal(bombed):
    """Sends a bomb; the status and the words of its answer, which came soon. The next alert is taken as ever."""

    def refusal(body, path="/hook/tradingview"):
        started = time.monotonic()
        answer = bombed.post(body, path)
        assert time.monotonic() - started < 1
        return answer.status_code, answer.json()["detail"]

    yield refusal
    assert bombed.post(bombed.alert("long")).status_code == 202


LONG = "a" * 150_000 + "!"


def test_a_senders_pattern_does_not_blow_up(bombed, refusal):
    status, detail = refusal(LONG, f"/hook/bombed/{bombed.secret}-bombed")
    assert status == 400
    assert "pattern" in detail


def test_a_condition_does_not_blow_up(bombed, refusal):
    status, detail = refusal({"secret": bombed.secret, "kind": "matching", "text": LONG})
    assert status == 422
    assert "no rule matches" in detail


@pytest.mark.parametrize("name", VALUES)
def test_a_value_does_not_blow_up(bombed, refusal, name):
    status, detail = refusal({"secret": bombed.secret, "kind": name, "text": LONG, "number": 9.9e39})
    assert status == 422
    assert VALUES[name][1] in detail


def test_a_template_that_reaches_out_is_never_taken_up(bombed):
    good = bombed.config.read_text()
    rules = [written((f"hostile-{at}", target, {"kind": "x"})) for at, target in enumerate(HOSTILE)]
    bombed.config.write_text("\n".join([good.rstrip(), *rules, ""]))
    complaint = bombed.wait_for(bombed.complaint)
    for words in HOSTILE.values():
        assert words in complaint
    assert bombed.post(bombed.alert("long")).status_code == 202
    bombed.config.write_text(good)
    bombed.wait_for(lambda: bombed.complaint() is None)

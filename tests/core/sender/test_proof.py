"""Who may send: every way to prove it, every way to fail alike, and no trace of the secret afterwards."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor.core.alert import Format, Undecodable
from executor.core.sender import NotAuthenticated, Presented, Sender, Way, stand_in
from executor.core.sender import authenticate as authenticate_at

OLD, NEW = "old-secret-0123456789", "new-secret-0123456789"
DIGITS = "98765432109876543210"
BODY = b'{"secret": "%s", "ticker": "ETHUSDT.P"}'


NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def authenticate(known, body, presented):
    return authenticate_at(known, body, presented, NOW)


def sender(secret_field="secret", networks=None, secrets=(OLD, NEW)):
    allowed = tuple(map(ip_network, networks)) if networks is not None else None
    return Sender("tradingview", tuple(secrets), secret_field, allowed, Format.AUTO)


@pytest.mark.parametrize(
    ("body", "presented", "way", "index"),
    [
        (BODY % OLD.encode(), Presented(), Way.BODY, 0),
        (BODY % NEW.encode(), Presented(), Way.BODY, 1),
        (BODY % b"wrong", Presented(path_secret=NEW), Way.PATH, 1),
        (b'{"ticker": "ETHUSDT.P"}', Presented(bearer=OLD), Way.BEARER, 0),
        (BODY % b"wrong", Presented(path_secret="wrong", bearer=NEW), Way.BEARER, 1),
        (f"secret={OLD}\nticker=ETHUSDT.P".encode(), Presented(), Way.BODY, 0),
    ],
)
def test_any_valid_secret_proves_the_sender(body, presented, way, index):
    proven = authenticate(sender(), body, presented)
    assert (proven.way, proven.secret_index) == (way, index)
    assert proven.fields == {"ticker": "ETHUSDT.P"}


@pytest.mark.parametrize(
    ("known", "body", "presented"),
    [
        (None, BODY % OLD.encode(), Presented()),
        (sender(), BODY % b"wrong", Presented()),
        (sender(), BODY % b"", Presented(path_secret="", bearer="")),
        (sender(), b'{"secret": null}', Presented()),
        (sender(), b'{"secret": ["%s"]}' % OLD.encode(), Presented()),
        (sender(), b"not an alert", Presented()),
        (sender(), b'{"a": 1e99999999999999999999}', Presented()),
        (sender(), b"[" * 163_840, Presented()),
        (sender(secret_field="auth.key"), b'{"auth": "%s", "key": "%s"}' % (OLD.encode(), OLD.encode()), Presented()),
        (sender(secrets=()), BODY % b"", Presented(path_secret="", bearer="")),
        (sender(secrets=("",)), BODY % b"", Presented(path_secret="", bearer="")),
        (sender(), BODY % OLD.upper().encode(), Presented(path_secret=OLD[:-1], bearer=OLD + " ")),
        (sender(), b"not an alert", Presented(bearer="wrong")),
        (sender(secret_field=None), BODY % OLD.encode(), Presented()),
        (sender(networks=["10.0.0.0/8"]), BODY % OLD.encode(), Presented(address="11.0.0.1")),
        (sender(networks=["10.0.0.0/8"]), BODY % OLD.encode(), Presented()),
        (sender(networks=["10.0.0.0/8"]), BODY % OLD.encode(), Presented(address="nonsense")),
        (sender(networks=["10.0.0.0/8"]), BODY % OLD.encode(), Presented(path_secret=NEW, address="::ffff:11.0.0.1")),
        (sender(networks=["10.0.0.0/8"]), b"not an alert", Presented(path_secret=NEW, address="11.0.0.1")),
        (sender(networks=[]), BODY % OLD.encode(), Presented(address="10.0.0.1")),
        (None, b"", Presented(path_secret="\0" * 32)),
    ],
)
def test_whatever_is_wrong_the_refusal_is_the_same(known, body, presented):
    with pytest.raises(NotAuthenticated) as refused:
        authenticate(known, body, presented)
    assert str(refused.value) == str(NotAuthenticated())
    assert refused.value.status == 401
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"])
def test_an_allowed_address_gets_in(address):
    known = sender(networks=["10.0.0.0/8", "2001:db8::/32"])
    assert authenticate(known, BODY % OLD.encode(), Presented(address=address))


def test_a_proven_sender_is_told_what_is_wrong_with_its_alert():
    with pytest.raises(Undecodable, match="trailing comma"):
        authenticate(sender(), b'{"a": 1,}', Presented(path_secret=OLD))


def test_what_others_have_is_hidden_as_well():
    knowing = replace(sender(), foreign_secrets=("api-key-0123456789",))
    proven = authenticate(knowing, BODY % OLD.encode(), Presented())
    assert proven.fields == {"ticker": "ETHUSDT.P"}
    body = b'{"secret": "%s", "note": "the api-key-0123456789 here"}' % OLD.encode()
    assert authenticate(knowing, body, Presented()).fields == {"note": "<secret>"}


def test_a_secret_of_digits_proves_the_sender_with_and_without_quotes():
    known = sender(secrets=(OLD, DIGITS))
    for body in ('{"secret": "%s", "a": 1}', '{"secret": %s, "a": 1}', "secret=%s\na=1", "secret: %s; a: 1"):
        proven = authenticate(known, (body % DIGITS).encode(), Presented())
        assert (proven.secret_index, proven.way, proven.fields.keys()) == (1, Way.BODY, {"a"})


def test_a_secret_is_gone_from_the_body_also_if_another_way_proved_it():
    for shown in (OLD, "an expired one"):
        assert authenticate(sender(), BODY % shown.encode(), Presented(bearer=NEW)).fields == {"ticker": "ETHUSDT.P"}


@pytest.mark.parametrize(
    ("secret_field", "body", "fields"),
    [
        ("secret", '{"secret": "%s", "a": {"b": ["%s", "x"]}}', {"a": {"b": ["<secret>", "x"]}}),
        ("auth.key", '{"auth": {"key": "%s", "user": "u"}, "a": "%s"}', {"auth": {"user": "u"}, "a": "<secret>"}),
        ("auth.key", '{"auth.key": "%s", "a": "url?k=%s"}', {"a": "<secret>"}),
        ("secret", '{"secret": "%s", "%s": 1}', {"<secret>": 1}),
        ("auth.keys.1", '{"auth": {"keys": ["u", "%s"]}, "a": "%s"}', {"auth": {"keys": ["u", None]}, "a": "<secret>"}),
        ("auth.0.key", '{"auth": [{"key": "%s", "user": "u"}], "a": "%s"}', {"auth": [{"user": "u"}], "a": "<secret>"}),
        ("secret", "secret=%s\nnote=by %s, today\na=1", {"note": "<secret>", "a": "1"}),
    ],
)
def test_no_secret_is_left_in_the_fields(secret_field, body, fields):
    assert authenticate(sender(secret_field), (body % (OLD, NEW)).encode(), Presented()).fields == fields


def test_a_number_that_is_a_secret_is_replaced():
    body = f'{{"licence": {DIGITS}, "deep": [{{"n": -{DIGITS}}}], "a": 1}}'
    fields = authenticate(sender(secrets=(DIGITS,)), body.encode(), Presented(bearer=DIGITS)).fields
    assert fields == {"licence": "<secret>", "deep": [{"n": "<secret>"}], "a": 1}


pieces = st.sampled_from(
    [OLD, DIGITS, "secret", "a", "=", ":", ",", ";", "\n", '"', "{", "}", "[", "]", " ", "{{", "1"]
)
values = st.recursive(
    st.sampled_from([OLD, DIGITS, int(DIGITS), "x", 1, True, None]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([OLD, "secret", "a"]), inner, max_size=3)
    ),
)
bodies = st.lists(pieces, max_size=12).map("".join) | st.dictionaries(st.sampled_from([OLD, "auth", "a"]), values).map(
    json.dumps
)


@given(bodies, st.sampled_from(["secret", "a", "auth.secret", "auth.0", None]))
def test_no_secret_survives_whatever_the_body(body, secret_field):
    known = sender(secret_field, secrets=(OLD, DIGITS))
    with suppress(Undecodable):
        told = " ".join(_words(authenticate(known, body.encode(), Presented(bearer=OLD)).fields))
        assert OLD not in told
        assert DIGITS not in told


@given(bodies)
def test_no_refusal_holds_a_secret(body):
    try:
        authenticate(sender(secrets=(OLD, DIGITS)), body.encode(), Presented(path_secret=OLD))
    except Undecodable as refused:
        told = str(refused) + repr(vars(refused))
        assert not [secret for secret in (OLD, DIGITS) if secret[:8] in told]


def _words(value):
    """Every text and number in the fields, as text."""
    if isinstance(value, dict):
        return [word for pair in value.items() for item in pair for word in _words(item)]
    return [word for item in value for word in _words(item)] if isinstance(value, list) else [str(value)]


def test_a_secret_never_shows_in_a_repr():
    shown = repr((sender(), Presented(path_secret=OLD, bearer=NEW)))
    assert OLD not in shown
    assert NEW not in shown


SHOWING = {
    Way.BODY: (BODY % OLD.encode(), Presented()),
    Way.PATH: (b"{}", Presented(path_secret=OLD)),
    Way.BEARER: (b"{}", Presented(bearer=OLD)),
}


@pytest.mark.parametrize("accepted", SHOWING)
@pytest.mark.parametrize("way", SHOWING)
def test_a_secret_proves_the_sender_only_where_it_is_accepted(way, accepted):
    known = replace(sender(), accept=frozenset({accepted}))
    if way is accepted:
        assert authenticate(known, *SHOWING[way]).way is way
    else:
        with pytest.raises(NotAuthenticated):
            authenticate(known, *SHOWING[way])


def test_a_secret_that_is_not_accepted_there_is_gone_all_the_same():
    known = replace(sender(), accept=frozenset({Way.BEARER}))
    assert authenticate(known, BODY % OLD.encode(), Presented(bearer=NEW)).fields == {"ticker": "ETHUSDT.P"}


def test_only_the_log_learns_that_no_more_than_the_address_was_wrong():
    known = sender(networks=["10.0.0.0/8"])
    for shown, elsewhere in ((OLD, True), ("wrong", False)):
        with pytest.raises(NotAuthenticated) as refused:
            authenticate(known, b"{}", Presented(path_secret=shown, address="11.0.0.1"))
        assert (str(refused.value), refused.value.elsewhere) == (str(NotAuthenticated()), elsewhere)


def test_the_log_learns_that_a_wrong_address_was_not_read():
    known = sender(networks=["10.0.0.0/8"])
    for address, outside in (("11.0.0.1", True), ("10.0.0.1", False)):
        with pytest.raises(NotAuthenticated) as refused:
            authenticate(known, BODY % b"wrong", Presented(address=address))
        assert refused.value.outside == outside


@pytest.mark.parametrize("shown", [OLD, "wrong"])
def test_a_body_that_cannot_decide_is_not_read(shown, monkeypatch):
    monkeypatch.setattr("executor.core.sender.proof.decode", lambda *_: pytest.fail("it was read"))
    elsewhere = sender(networks=["10.0.0.0/8"])
    by_path = replace(sender(), accept=frozenset({Way.PATH}))
    for known, address in ((elsewhere, "11.0.0.1"), (by_path, None)):
        with pytest.raises(NotAuthenticated):
            authenticate(known, BODY % shown.encode(), Presented(address=address))


def test_an_unknown_sender_is_judged_like_always_the_same_of_those_that_are_known():
    senders = [replace(sender(secrets=(f"{n}{OLD}",)), name=f"{n}") for n in range(3)]
    chosen = [stand_in(f"stranger {n}", senders).name for n in range(60)]
    assert set(chosen) == {"0", "1", "2"}
    assert chosen == [stand_in(f"stranger {n}", senders[::-1]).name for n in range(60)]


def test_an_unknown_sender_does_not_get_in_with_the_secret_of_whom_it_is_judged_like():
    with pytest.raises(NotAuthenticated) as refused:
        authenticate_at(None, BODY % OLD.encode(), Presented(path_secret=OLD, bearer=OLD), NOW, sender())
    assert not refused.value.elsewhere

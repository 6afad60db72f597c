"""Who may send: every way to prove it, every way to fail alike, and no trace of the secret afterwards."""

from ipaddress import ip_network

import pytest

from executor.core.alert import Format, Undecodable
from executor.core.sender import NotAuthenticated, Presented, Sender, Way, authenticate

OLD, NEW = "old-secret-0123456789", "new-secret-0123456789"
BODY = b'{"secret": "%s", "ticker": "ETHUSDT.P"}'


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
        (sender(), b"not an alert", Presented(bearer="wrong")),
        (sender(secret_field=None), BODY % OLD.encode(), Presented()),
        (sender(networks=["10.0.0.0/8"]), BODY % OLD.encode(), Presented(address="11.0.0.1")),
        (sender(networks=["10.0.0.0/8"]), BODY % OLD.encode(), Presented()),
        (sender(networks=["10.0.0.0/8"]), BODY % OLD.encode(), Presented(address="nonsense")),
        (sender(networks=[]), BODY % OLD.encode(), Presented(address="10.0.0.1")),
        (None, b"", Presented(path_secret="\0" * 32)),
    ],
)
def test_whatever_is_wrong_the_refusal_is_the_same(known, body, presented):
    with pytest.raises(NotAuthenticated) as refused:
        authenticate(known, body, presented)
    assert str(refused.value) == str(NotAuthenticated())


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"])
def test_an_allowed_address_gets_in(address):
    known = sender(networks=["10.0.0.0/8", "2001:db8::/32"])
    assert authenticate(known, BODY % OLD.encode(), Presented(address=address))


def test_a_proven_sender_is_told_what_is_wrong_with_its_alert():
    with pytest.raises(Undecodable, match="trailing comma"):
        authenticate(sender(), b'{"a": 1,}', Presented(path_secret=OLD))


@pytest.mark.parametrize(
    ("secret_field", "body", "fields"),
    [
        ("secret", '{"secret": "%s", "a": {"b": ["%s", "x"]}}', {"a": {"b": ["<secret>", "x"]}}),
        ("auth.key", '{"auth": {"key": "%s", "user": "u"}, "a": "%s"}', {"auth": {"user": "u"}, "a": "<secret>"}),
        ("auth.key", '{"auth.key": "%s", "a": "url?k=%s"}', {"a": "<secret>"}),
        ("secret", '{"secret": "%s", "%s": 1}', {"<secret>": 1}),
    ],
)
def test_no_secret_is_left_in_the_fields(secret_field, body, fields):
    assert authenticate(sender(secret_field), (body % (OLD, NEW)).encode(), Presented()).fields == fields


def test_a_secret_never_shows_in_a_repr():
    shown = repr((sender(), Presented(path_secret=OLD, bearer=NEW)))
    assert OLD not in shown
    assert NEW not in shown

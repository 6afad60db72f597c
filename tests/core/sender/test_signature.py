"""Signed alerts: the standard's own example, and everything that must not pass for one."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from executor.core.alert import Format, Undecodable
from executor.core.sender import NotAuthenticated, Presented, Sender, Signed, Way, authenticate

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SHOWN = "shown-secret-0123456789"
OLD, NEW = ("whsec_" + base64.b64encode(bytes(range(start, start + 32))).decode() for start in (0, 100))
BODY = json.dumps({"ticker": "ETHUSDT.P", "note": "größer"}, ensure_ascii=False).encode()


def signed(secret=NEW, body=BODY, at=NOW, message_id="msg_1"):
    """What the standard says, without the library."""
    seconds = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, b".".join((message_id.encode(), seconds.encode(), body)), hashlib.sha256)
    return Signed(message_id, seconds, f"v1,{base64.b64encode(digest).decode()}")


def sender(*secrets, **changes):
    return replace(Sender("bot", secrets or (SHOWN, OLD, NEW), "secret", None, Format.AUTO), **changes)


def test_the_standards_own_example_is_right():
    example = sender("whsec_plJ3nmyCDGBKInavdOK15jsl")
    headers = Signed("msg_loFOjxBNrRLzqYUf", "1731705121", "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=")
    body = b'{"event_type":"ping","data":{"success":true}}'
    proven = authenticate(example, body, Presented(signed=headers), datetime.fromtimestamp(1731705121, UTC))
    assert (proven.way, proven.message_id) == (Way.SIGNATURE, "msg_loFOjxBNrRLzqYUf")


@pytest.mark.parametrize(("secret", "index"), [(OLD, 1), (NEW, 2)])
def test_any_signing_secret_proves_the_sender(secret, index):
    proven = authenticate(sender(), BODY, Presented(signed=signed(secret)), NOW)
    assert (proven.way, proven.secret_index, proven.message_id) == (Way.SIGNATURE, index, "msg_1")
    assert proven.fields == {"ticker": "ETHUSDT.P", "note": "größer"}


def test_one_right_signature_among_others_is_enough():
    right = signed()
    several = replace(right, signatures=f"v1a,xyz v2 v1, {signed(OLD).signatures[:-2]} {right.signatures}")
    assert authenticate(sender(NEW), BODY, Presented(signed=several), NOW).way is Way.SIGNATURE


def test_only_so_many_signatures_are_looked_at():
    right = signed().signatures
    many = replace(signed(), signatures=" ".join(["v1,wrong"] * 19 + [right]))
    assert authenticate(sender(NEW), BODY, Presented(signed=many), NOW).way is Way.SIGNATURE
    too_many = replace(many, signatures=f"v1,wrong {many.signatures}")
    with pytest.raises(NotAuthenticated):
        authenticate(sender(NEW), BODY, Presented(signed=too_many), NOW)


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_clocks_may_differ_by_five_minutes(minutes):
    at = NOW + timedelta(minutes=minutes)
    assert authenticate(sender(), BODY, Presented(signed=signed(at=at)), NOW)


@pytest.mark.parametrize(
    ("known", "headers"),
    [
        (sender(), signed(body=BODY + b" ")),
        (sender(), signed("whsec_" + base64.b64encode(b"k" * 32).decode())),
        (sender(), signed(at=NOW - timedelta(minutes=5, seconds=1))),
        (sender(), signed(at=NOW + timedelta(minutes=5, seconds=1))),
        (sender(), replace(signed(), message_id="msg_2")),
        (sender(), replace(signed(), timestamp=str(int(NOW.timestamp()) + 1))),
        (sender(), replace(signed(), timestamp=f"{NOW.timestamp()}")),
        (sender(), replace(signed(), timestamp="9" * 400)),
        (sender(), replace(signed(), timestamp="nan")),
        (sender(), replace(signed(), timestamp="٠")),
        (sender(), replace(signed(), signatures="")),
        (sender(), replace(signed(), signatures="v1")),
        (sender(), replace(signed(), signatures="v1,")),
        (sender(), replace(signed(), signatures="v1,ä \udcff ,,, v1,====")),
        (sender(), replace(signed(), signatures=signed().signatures.replace("v1,", "v1a,"))),
        (sender(), replace(signed(), signatures=signed().signatures.removeprefix("v1,"))),
        (sender(), signed(message_id="msg.1")),
        (sender(), signed(message_id="")),
        (sender(), signed(message_id="m" * 201)),
        (sender(), replace(signed(), message_id="\udcff")),
        (sender(SHOWN), signed("whsec_" + "A" * 32)),
        (None, signed("whsec_" + "A" * 32)),
        (sender(accept=frozenset({Way.BODY, Way.PATH, Way.BEARER})), signed()),
    ],
)
def test_whatever_is_wrong_with_a_signature_the_refusal_is_the_same(known, headers):
    with pytest.raises(NotAuthenticated) as refused:
        authenticate(known, BODY, Presented(signed=headers), NOW)
    assert str(refused.value) == str(NotAuthenticated())


def test_a_body_that_is_no_text_is_not_signed():
    headers = signed(body=b"\xff")
    with pytest.raises(NotAuthenticated):
        authenticate(sender(), b"\xff", Presented(signed=headers), NOW)


def test_a_signed_body_that_cannot_be_read_is_told_why():
    with pytest.raises(Undecodable, match="trailing comma"):
        authenticate(sender(), b'{"a": 1,}', Presented(signed=signed(body=b'{"a": 1,}')), NOW)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (json.dumps({"secret": NEW}).encode(), Presented()),
        (BODY, Presented(path_secret=NEW)),
        (BODY, Presented(bearer=NEW)),
    ],
)
def test_a_secret_that_signs_proves_nothing_by_being_shown(body, shown):
    with pytest.raises(NotAuthenticated):
        authenticate(sender(), body, shown, NOW)


def test_a_secret_that_signs_is_gone_from_the_fields():
    body = json.dumps({"note": f"by {OLD}"}).encode()
    assert authenticate(sender(), body, Presented(signed=signed(body=body)), NOW).fields == {"note": "<secret>"}


def test_who_signs_and_shows_a_secret_is_known_by_the_signature():
    assert authenticate(sender(), BODY, Presented(bearer=SHOWN, signed=signed()), NOW).message_id == "msg_1"
    assert authenticate(sender(), BODY, Presented(bearer=SHOWN, signed=signed(message_id="")), NOW).message_id is None

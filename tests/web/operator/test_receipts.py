"""An alert's story: a page for browsers, JSON for every other client."""

import pytest

from tests.web.operator.visiting import Visitor

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def receipt(overseen):
    return overseen.post(overseen.alert("short", note="<script>alert(1)</script>"), wait=10).json()["receipt"]


def test_a_browser_gets_the_whole_story_as_a_page(operator, receipt, overseen):
    page = operator.get(f"/receipts/{receipt}", Accept=BROWSER)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for words in ("confirmed", "long 10", "short 10", "click-backhand", "&lt;script&gt;alert(1)"):
        assert words in page.text
    assert "<script" not in page.text
    assert overseen.secret not in page.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.5", ""])
def test_others_get_json(operator, receipt, accept):
    answer = operator.get(f"/receipts/{receipt}", Accept=accept)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["receipt"] == receipt


def test_on_this_machine_a_receipt_needs_no_login(overseen, receipt):
    here = Visitor(overseen, None)
    assert here.get(f"/receipts/{receipt}", Accept="*/*").json()["receipt"] == receipt
    assert here.get(f"/receipts/{receipt}").status_code == 200


def test_elsewhere_a_browser_is_sent_to_the_login_whether_there_is_such_a_receipt_or_not(overseen, receipt):
    for name in (receipt, "unknown"):
        answer = Visitor(overseen).get(f"/receipts/{name}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_elsewhere_no_other_client_learns_whether_a_receipt_exists(overseen, receipt):
    found, unknown = (Visitor(overseen).get(f"/receipts/{name}", Accept="*/*") for name in (receipt, "unknown"))
    assert found.status_code == unknown.status_code == 404
    assert found.text == unknown.text


def test_an_unknown_receipt_is_not_found(operator):
    assert operator.get("/receipts/unknown").status_code == 404


def test_without_an_operator_there_is_no_receipt_for_those_elsewhere(unattended):
    name = unattended.post(unattended.alert("long"), wait=10).json()["receipt"]
    assert Visitor(unattended).get(f"/receipts/{name}").status_code == 404
    assert Visitor(unattended, None).get(f"/receipts/{name}").status_code == 200

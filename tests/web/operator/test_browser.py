"""The operator's day in a real browser: with and without JavaScript, at a desk and on a phone."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.web.operator.visiting import OPERATOR, PASSWORD, Overseen

REQUIRED = "EXECUTOR_TEST_REQUIRES_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MILLISECONDS = 20_000  # on a busy machine
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        (pytest.fail if REQUIRED in os.environ else pytest.skip)("no Chromium is installed: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@pytest.fixture
def served(tmp_path):
    served = Overseen(tmp_path, OPERATOR)
    yield served
    served.stop()


@pytest.fixture
def opened(browser):
    """Opens a window; at the end none may have complained, about forbidden content or anything else."""
    contexts, complaints = [], []

    def opened(**settings):
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.complaints = complaints
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def log_in(page, served, password=PASSWORD):
    page.goto(served.url)
    page.get_by_label("Operator's password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{served.url}/")


@pytest.mark.parametrize(
    "settings",
    [
        {"viewport": DESK, "color_scheme": "light"},
        {"viewport": DESK, "java_script_enabled": False},
        {"viewport": PHONE, "color_scheme": "dark", "is_mobile": True, "has_touch": True},
    ],
    ids=["desk", "without JavaScript", "phone"],
)
def test_the_operator_logs_in_sees_orders_halts_and_resumes(served, opened, settings):
    served.post(served.alert("short"), wait=10)
    page = opened(**settings)

    log_in(page, served)
    expect(page.get_by_role("heading", level=1)).to_have_text("All is well")
    orders = page.locator("table.orders tbody tr")
    expect(orders).to_contain_text(["short confirmed"])
    orders.get_by_role("link").first.click()
    expect(page.get_by_text("click-backhand")).to_be_visible()
    page.get_by_role("link", name="Overview").click()

    page.get_by_label("Account").select_option("main")
    page.get_by_label("How long").select_option("for 1 hour")
    page.get_by_label("Reason").fill("FOMC tonight")
    page.get_by_role("button", name="Halt", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halted")
    expect(page.get_by_text("FOMC tonight")).to_be_visible()
    served.post(served.alert("long"), wait=10)
    page.reload()
    expect(orders.first).to_contain_text("long denied")
    expect(orders.first).to_contain_text("FOMC tonight")

    page.get_by_role("button", name="Resume main, every symbol").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All is well")
    assert served.post(served.alert("long"), wait=10).json()["orders"][0]["state"] == "confirmed"

    page.get_by_role("button", name="Log out").click()
    page.goto(served.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_nothing_is_wider_than_a_phone(served, opened):
    served.post(served.alert("short", "swapped"), wait=10)  # with a long reason
    page = opened(viewport=PHONE, is_mobile=True)
    log_in(page, served)
    expect(page.get_by_text("denied").first).to_be_visible()
    for path in ("/", "/?auto", page.locator("table.orders a").first.get_attribute("href")):
        page.goto(served.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], path


def test_a_page_that_reloads_itself_shows_what_is_new(served, opened):
    page = opened()
    log_in(page, served)
    page.get_by_role("link", name="Reload every 10 s").click()
    expect(page.get_by_text("No order has come yet.")).to_be_visible()
    served.post(served.alert("short"), wait=10)
    expect(page.locator("table.orders tbody tr").first).to_contain_text("confirmed")


FORBIDDEN = (
    "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')",
    "document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))",
    "fetch('/').catch(() => 0)",
    "document.body.append(Object.assign(document.createElement('img'), {src: 'http://127.0.0.2/'}))",
)


def test_the_browser_would_complain_of_forbidden_content(served, opened):
    page = opened()
    log_in(page, served)
    for forbidden in FORBIDDEN:
        with page.expect_event("console") as complaint:
            page.evaluate(f"void ({forbidden})")
        assert "Content Security Policy" in complaint.value.text, forbidden
        page.goto(served.url)
    page.complaints.clear()

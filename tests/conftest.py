"""What every test may use, and the guard that every test runs under."""

import pytest

pytest_plugins = ["tests.guard.plugin", "tests.desk", "tests.postgres", "pytester"]
SERVERS = {"served", "overseen", "unattended", "bombed"}  # fixtures that last for a module


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a module's tests in one process if they share a server, so that it starts once and not four times."""
    for item in items:
        shared = SERVERS.intersection(getattr(item, "fixturenames", ()))
        if shared and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(str(item.path)))

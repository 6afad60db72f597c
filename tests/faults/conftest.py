"""The faults are played on both databases: by one process on SQLite, by two nodes on PostgreSQL."""

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def make_world(request, make_desk):
    """Make a Desk that runs; on PostgreSQL with a second node beside the first."""

    def make(**terms):
        if request.param == "sqlite":
            world = make_desk(**terms)
            world.run()
        else:
            world = make_desk(ledger=request.getfixturevalue("postgres_url"), **terms)
            world.run()
            world.run()
        return world

    return make


@pytest.fixture
def world(make_world):
    return make_world()

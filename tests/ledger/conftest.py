"""Fixtures: the same ledger on both databases, really served."""

import pytest

from executor.ledger import Node, open_ledger
from tests.builders import LEASE


@pytest.fixture
def ledger(url):
    ledger = open_ledger(url)
    ledger.migrate()
    ledger.nodes.join(Node("here", "host", 1), LEASE)
    ledger.nodes.join(Node("there", "host", 2), LEASE)
    yield ledger
    ledger.close()

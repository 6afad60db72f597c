"""Verbs of a subject within a transaction that a test has opened."""

from executor.ledger.transactions import Transaction, Transactions
from tests.builders import NOW


class Within(Transactions):
    """Every verb runs in the given connection's transaction."""

    def __init__(self, connection):
        self.transaction = Transaction(connection, NOW)

    def read(self, verb, *_):
        return verb(self.transaction)

    def write(self, verb, **_):
        return verb(self.transaction)

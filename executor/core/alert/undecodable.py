"""The refusal of a body that cannot be read: what is wrong, where, and what to do in the alert's message.

A reason never quotes the body: refusals are logged, and the body may hold a secret. Its place says what is meant.
"""

from executor.errors import AlertRefused


class Undecodable(AlertRefused):
    """`line` and `column` count from 1 in the decoded text; None where the fault has no place."""

    status = 400

    def __init__(self, reason: str, text: str = "", position: int | None = None) -> None:
        self.reason = reason
        self.line = self.column = None
        where = ""
        if position is not None:
            self.line = text.count("\n", 0, position) + 1
            self.column = position - text.rfind("\n", 0, position)
            where = f" (line {self.line}, column {self.column})"
        super().__init__(f"the alert cannot be read: {reason}{where}")

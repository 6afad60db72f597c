"""What is wrong with a value: with its text in config.yaml, or with what it comes out as for an alert."""

from typing import Self

from executor.errors import AlertRefused


class BadValue(ValueError):
    """A value's text is not a template that could ever be filled in."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class ValueRefused(AlertRefused):
    """A rule wants the alert, but the value of one of its keys makes no sense. `reason` says what would be right."""

    def __init__(self, reason: str, rule: str | None = None, key: str | None = None) -> None:
        self.reason = reason
        self.rule = rule
        self.key = key
        super().__init__(f"rule {rule}, {key}: {reason}" if rule else reason)

    def at(self, rule: str, key: str) -> Self:
        """The same refusal, with the rule and the key it happened at."""
        return type(self)(self.reason, rule, key)

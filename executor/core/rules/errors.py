"""What is wrong with an alert that the rules cannot use, or with a rule that cannot be loaded."""

from typing import Self

from executor.errors import AlertRefused

Path = tuple[str | int, ...]


class NoRuleMatches(AlertRefused):
    """No rule wants the alert. `rule` and `miss` name the nearest one and its first condition that does not hold."""

    def __init__(self, rule: str | None = None, miss: str | None = None) -> None:
        self.rule = rule
        self.miss = miss
        super().__init__(f"no rule matches; the nearest is rule {rule}: {miss}" if rule else "there are no rules")


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


class NotAllowed(AlertRefused):
    """The sender's `may` does not list what its alert asks for. `kind` is rules, accounts or symbols."""

    status = 403

    def __init__(self, sender: str, rule: str, kind: str, name: str) -> None:
        self.rule = rule
        what = f"{kind.removesuffix('s')} {name}" + ("" if kind == "rules" else f", as rule {rule} asks")
        super().__init__(
            f"sender {sender} may not use {what}: add it to may.{kind} of this sender in config.yaml if it should"
        )


class BadCondition(ValueError):
    """A `when` block says something it cannot mean. `path` leads from `when` to the place; `all` holds every such
    mistake of the block, this one first.
    """

    def __init__(self, path: Path, message: str, others: "tuple[BadCondition, ...]" = ()) -> None:
        self.path = path
        self.message = message
        self.all = (self, *others)
        super().__init__(": ".join(filter(None, [".".join(map(str, path)), message])))


class BadValue(ValueError):
    """A value's text is not a template that could ever be filled in."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)

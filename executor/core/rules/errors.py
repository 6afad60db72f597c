"""What is wrong with an alert that the rules cannot use, or with a rule that cannot be loaded."""

from executor.errors import AlertRefused

Path = tuple[str | int, ...]


class NoRuleMatches(AlertRefused):
    """No rule wants the alert. `rule` and `miss` name the nearest one and its first condition that does not hold."""

    def __init__(self, rule: str | None = None, miss: str | None = None) -> None:
        self.rule = rule
        self.miss = miss
        super().__init__(f"no rule matches; the nearest is rule {rule}: {miss}" if rule else "there are no rules")


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

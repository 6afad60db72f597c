"""Values in rules: text with Jinja2 expressions in it (`{{ ticker }}`), to be filled in from an alert."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from executor.core.alert import Alert
from executor.core.values.comparing import shown
from executor.core.values.errors import BadValue, ValueRefused
from executor.core.values.expressions import Step, compile_expression
from executor.core.values.functions import joined, text, truth
from executor.core.values.scope import Scope

LONGEST_TEMPLATE = 1_000  # characters
DEEPEST = 40  # nested expressions

Writer = Callable[[Scope, list[str]], None]
_PARSER = Environment(autoescape=False)  # noqa: S701  # plain text, never HTML


@dataclass(frozen=True, slots=True)
class Value:
    """What a rule's key says. `constant` is what it always comes out as, None if that depends on the alert."""

    text: str
    constant: str | None
    _writers: Sequence[Writer] = field(default=(), repr=False, compare=False)

    def render(self, alert: Alert) -> str:
        """The value for this alert: never empty, without white space around it. ValueRefused, and nothing else."""
        if self.constant is not None:
            return self.constant
        scope, parts = Scope.of(alert), list[str]()
        for write in self._writers:
            write(scope, parts)
        if not (result := joined(parts).strip()):
            raise ValueRefused(f"{shown(self.text)} came out empty")
        return result


@lru_cache(maxsize=1_000)  # long books say `{{ ticker }}` in every rule
def compile_value(source: str) -> Value:
    """A value from the text in config.yaml. BadValue says what is wrong with it."""
    if not source.strip():
        raise BadValue("is empty")
    if not any(mark in source for mark in ("{{", "{%", "{#")):
        return Value(source, source.strip())
    if len(source) > LONGEST_TEMPLATE:
        raise BadValue(f"has more than {LONGEST_TEMPLATE:,} characters")
    return Value(source, None, [_statement(node) for node in _parsed(source).body])


def _parsed(source: str) -> nodes.Template:
    try:
        template = _PARSER.parse(source)
        inexact = [number for _, kind, number in _PARSER.lex(source) if kind == "float" and not _kept(number)]
    except TemplateSyntaxError as error:
        raise BadValue(f"cannot be read as a Jinja2 template: {error.message}") from None
    except RecursionError:
        raise BadValue(f"is nested more than {DEEPEST} deep") from None
    if inexact:
        raise BadValue(f"{shown(inexact[0])} has more digits than are kept; put the number in quotes")
    level: list[nodes.Node] = [template]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node.iter_child_nodes()]
    if level:
        raise BadValue(f"is nested more than {DEEPEST} deep")
    return template


def _kept(number: str) -> bool:
    """Whether a number in the source is still itself after Jinja2 has read it as a float."""
    return Decimal(number) == Decimal(repr(float(number)))


def _statement(node: nodes.Node) -> Writer:
    match node:
        case nodes.Output():
            return _output([compile_expression(part) for part in node.nodes])
        case nodes.If():
            return _if(node)
        case nodes.Assign(target=nodes.Name(name=name)):
            return _assignment(name, compile_expression(node.node))
        case _:
            kind = type(node).__name__.lower()
            raise BadValue(f"{{% {kind} %}} is not available: a value knows {{% if %}} and {{% set name = … %}}")


def _output(steps: list[Step]) -> Writer:
    return lambda scope, parts: parts.extend(text(step(scope)) for step in steps)


def _assignment(name: str, step: Step) -> Writer:
    return lambda scope, parts: scope.names.__setitem__(name, step(scope))


def _if(node: nodes.If) -> Writer:
    branches = [(compile_expression(branch.test), _body(branch.body)) for branch in (node, *node.elif_)]
    otherwise = _body(node.else_)

    def write(scope: Scope, parts: list[str]) -> None:
        body = next((body for test, body in branches if truth(test(scope))), otherwise)
        for statement in body:
            statement(scope, parts)

    return write


def _body(statements: list[nodes.Node]) -> list[Writer]:
    return [_statement(statement) for statement in statements]

"""What a Jinja2 expression means in a rule: a closed table from kinds of node to steps.

Jinja2 parses. Nothing is turned into Python code, and no object's attributes or methods can be reached: what has no
row in the table does not exist. Steps work on text, Decimals, booleans, null and the alert's own lists and mappings,
and raise nothing but ValueRefused.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from jinja2 import nodes

from executor.core.alert import as_number
from executor.core.values.arithmetic import OPERATIONS, calculate
from executor.core.values.comparing import shown
from executor.core.values.errors import BadValue, ValueRefused
from executor.core.values.functions import FUNCTIONS, Function, given, joined, truth
from executor.core.values.relations import RELATIONS, TESTS
from executor.core.values.scope import Scope, item, part

Step = Callable[[Scope], Any]


def compile_expression(node: nodes.Node) -> Step:
    """The step that works an expression out. BadValue for a kind of expression that values do not have."""
    compiler = STEPS.get(type(node))
    if compiler is None:
        raise BadValue(f"{type(node).__name__.lower()} is not available in a value")
    return compiler(node)


def _constant(node: nodes.Const) -> Step:
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = as_number(repr(value))
        if value is None:
            raise BadValue(f"{shown(repr(node.value))} is not a number of a sane size")
    return lambda scope: value


def _list(node: nodes.List | nodes.Tuple) -> Step:
    """Of constants only: lists of lists could be made to grow without bound."""
    if not all(isinstance(entry.node if isinstance(entry, nodes.Neg) else entry, nodes.Const) for entry in node.items):
        raise BadValue("a list in a value holds constants only")
    try:
        values = [compile_expression(entry)(Scope({})) for entry in node.items]
    except ValueRefused as refused:
        raise BadValue(refused.reason) from None
    return lambda scope: values


def _path(node: nodes.Name | nodes.Getattr) -> Step:
    names: tuple[str, ...] = ()
    inner: nodes.Node = node
    while isinstance(inner, nodes.Getattr):
        names = (inner.attr, *names)
        inner = inner.node
    if isinstance(inner, nodes.Name):
        whole = (inner.name, *names)
        return lambda scope: scope.path(whole)
    base, name = compile_expression(node.node), names[-1]  # type: ignore[union-attr]  # a Name has been dealt with
    return lambda scope: item(base(scope), name)


def _item(node: nodes.Getitem) -> Step:
    base = compile_expression(node.node)
    if isinstance(node.arg, nodes.Slice):
        start, stop = _bound(node.arg.start), _bound(node.arg.stop)
        if node.arg.step is not None:
            raise BadValue("a slice has a start and an end only, such as [:3]")
        return lambda scope: part(base(scope), start, stop)
    key = compile_expression(node.arg)
    return lambda scope: item(base(scope), key(scope))


def _bound(node: nodes.Expr | None) -> int | None:
    """One end of a slice: a whole number as it stands."""
    if node is None:
        return None
    number = node.node if isinstance(node, nodes.Neg) else node
    if not isinstance(number, nodes.Const) or type(number.value) is not int:
        raise BadValue("a slice takes whole numbers, such as [:3]")
    return -number.value if isinstance(node, nodes.Neg) else number.value


def _arithmetic(node: nodes.BinExpr) -> Step:
    operation = OPERATIONS[type(node)]
    left, right = compile_expression(node.left), compile_expression(node.right)
    return lambda scope: calculate(operation, given(left(scope)), given(right(scope)))


def _sign(node: nodes.Neg | nodes.Pos) -> Step:
    operation = OPERATIONS[nodes.Sub if isinstance(node, nodes.Neg) else nodes.Add]
    value, zero = compile_expression(node.node), as_number("0")
    return lambda scope: calculate(operation, zero, given(value(scope)))


def _concatenation(node: nodes.Concat) -> Step:
    parts = [compile_expression(entry) for entry in node.nodes]
    return lambda scope: joined([part(scope) for part in parts])


def _and(node: nodes.And) -> Step:
    left, right = compile_expression(node.left), compile_expression(node.right)
    return lambda scope: right(scope) if truth(value := left(scope)) else value


def _or(node: nodes.Or) -> Step:
    left, right = compile_expression(node.left), compile_expression(node.right)
    return lambda scope: value if truth(value := left(scope)) else right(scope)


def _not(node: nodes.Not) -> Step:
    value = compile_expression(node.node)
    return lambda scope: not truth(value(scope))


def _choice(node: nodes.CondExpr) -> Step:
    if node.expr2 is None:
        raise BadValue("an if needs its else: {{ 'long' if … else 'short' }}")
    test, yes, no = map(compile_expression, (node.test, node.expr1, node.expr2))
    return lambda scope: yes(scope) if truth(test(scope)) else no(scope)


def _comparison(node: nodes.Compare) -> Step:
    """`a < b < c` as in Python: every neighbouring pair."""
    first = compile_expression(node.expr)
    others = [(RELATIONS[operand.op], compile_expression(operand.expr)) for operand in node.ops]

    def step(scope: Scope) -> bool:
        left = given(first(scope))
        for holds, other in others:
            right = given(other(scope))
            if not holds(left, right):
                return False
            left = right
        return True

    return step


def _test(node: nodes.Test) -> Step:
    if node.name not in TESTS or node.args:
        raise BadValue(f"`is {node.name}` is not available; there are {', '.join(TESTS)}")
    test, value = TESTS[node.name], compile_expression(node.node)
    return lambda scope: test(value(scope))


def _filter(node: nodes.Filter) -> Step:
    if node.name not in FUNCTIONS or node.node is None:
        raise BadValue(f"there is no filter {node.name}{_suggestion(node.name)}")
    return _call(FUNCTIONS[node.name], compile_expression(node.node), node)


def _method(node: nodes.Call) -> Step:
    """`ticker.upper()` is another way to write `ticker | upper`."""
    if not isinstance(node.node, nodes.Getattr):
        raise BadValue("a value can only call filters: {{ ticker | upper }}")
    if node.node.attr not in FUNCTIONS:
        raise BadValue(f"there is no method {node.node.attr}(){_suggestion(node.node.attr)}")
    return _call(FUNCTIONS[node.node.attr], compile_expression(node.node.node), node)


def _call(function: Function, value: Step, node: nodes.Filter | nodes.Call) -> Step:
    named = {str(keyword.key): compile_expression(keyword.value) for keyword in node.kwargs}
    if node.dyn_args or node.dyn_kwargs or not function.accepts(len(node.args), named):
        raise BadValue(f"{function.name} does not take these arguments; it gives {function.sentence}")
    arguments = [compile_expression(argument) for argument in node.args]

    def step(scope: Scope) -> Any:
        found = value(scope) if function.takes_absent else given(value(scope))
        return function.call(
            found, *(step(scope) for step in arguments), **{name: step(scope) for name, step in named.items()}
        )

    return step


def _suggestion(name: str) -> str:
    nearest = get_close_matches(name, FUNCTIONS, n=1)
    return f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(FUNCTIONS)}"


STEPS: Mapping[type[nodes.Node], Callable[[Any], Step]] = {
    nodes.TemplateData: lambda node: lambda scope: node.data,
    nodes.Const: _constant,
    nodes.List: _list,
    nodes.Tuple: _list,
    nodes.Name: _path,
    nodes.Getattr: _path,
    nodes.Getitem: _item,
    **dict.fromkeys(OPERATIONS, _arithmetic),
    nodes.Neg: _sign,
    nodes.Pos: _sign,
    nodes.Concat: _concatenation,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Not: _not,
    nodes.CondExpr: _choice,
    nodes.Compare: _comparison,
    nodes.Test: _test,
    nodes.Filter: _filter,
    nodes.Call: _method,
}

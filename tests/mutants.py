"""Changes core's decisions one place at a time, and asks tests/core whether it notices.

    python -m tests.mutants              # every module below; about three minutes on two cores
    python -m tests.mutants decision     # one of them

A mutant is one module with one change: another comparison, `or` for `and`, a part or a `not` left out, a condition
turned round, another sign or number, True for False, another member of an Enum. It must fail the tests of its own
module. A mutant that lives is printed, and the command ends with 1. No mutant is excused: where a change makes no
difference, the code is written so that there is nothing to change.

mutmut leaves out properties and the tables of a module, and cosmic-ray does not know the members of an Enum: the
reversal's table is such a table, and `Leg.other` such a property.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parent.parent
MODULES = ("contract", "decision", "evidence", "order", "position", "precedence", "reversal", "sizing")
TIMEOUT_SECONDS = 120  # a mutant that never ends is noticed as well

NOT_RUN = ("annotation", "returns", "decorator_list")
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """A module with one change."""

    module: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"executor/core/{self.module}.py:{self.line}: {self.before}  →  {self.after}"


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module of core."""
    tree = ast.parse(path_of(ROOT, module).read_text())
    enums = enums_of(module)
    for parent in run_by(tree):
        for name, index, node in children(parent):
            for other in changed(node, enums) or turned(node, name):
                put(parent, name, index, other)
                source = ast.unparse(ast.fix_missing_locations(tree))
                put(parent, name, index, node)
                yield Mutant(module, node.lineno, ast.unparse(node), ast.unparse(other), source)


def run_by(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but for annotations and decorators: no test of what they say is worth its lines."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in NOT_RUN:
            for below in value if isinstance(value, list) else [value]:
                if isinstance(below, ast.AST):
                    yield from run_by(below)


def children(parent: ast.AST) -> Iterator[tuple[str, int | None, ast.expr]]:
    """The expressions right below a node, each with its place."""
    for name, value in ast.iter_fields(parent):
        if name in NOT_RUN:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.expr):
                yield name, index, node


def put(parent: ast.AST, name: str, index: int | None, node: ast.expr) -> None:
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def turned(node: ast.expr, name: str) -> list[ast.expr]:
    """A condition, turned round."""
    return [ast.UnaryOp(ast.Not(), node)] if name in ("test", "ifs") else []


def changed(node: ast.expr, enums: dict[str, type[Enum]]) -> list[ast.expr]:
    """The node, changed in every way there is."""
    return list(_changed(node, enums))


def _changed(node: ast.expr, enums: dict[str, type[Enum]]) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, [operator], [right]):
            yield from (ast.Compare(left, [other()], [right]) for other in COMPARISONS[type(operator)])
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
            yield from (ast.BoolOp(operator, [*values[:at], *values[at + 1 :]]) for at in range(len(values)))
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp(left, operator, right) if type(operator) in OPERATIONS:
            yield ast.BinOp(left, OPERATIONS[type(operator)](), right)
        case ast.IfExp(body=body, orelse=otherwise):
            yield from (body, otherwise)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Attribute(ast.Name(name), member) if name in enums and member in enums[name].__members__:
            members = list(enums[name].__members__)
            at = members.index(member)
            beside = {members[at - 1], members[(at + 1) % len(members)]} - {member}
            yield from (ast.Attribute(node.value, other, node.ctx) for other in sorted(beside))


def enums_of(module: str) -> dict[str, type[Enum]]:
    """The Enums that a module names."""
    names = vars(import_module(f"executor.core.{module}"))
    return {name: kind for name, kind in names.items() if isinstance(kind, type) and issubclass(kind, Enum)}


def path_of(root: Path, module: str) -> Path:
    return root / "executor" / "core" / f"{module}.py"


def passes(root: Path, module: str) -> bool:
    """Whether the module's own tests pass in the tree at `root`."""
    tests = f"tests/core/test_{module}.py"
    options = ["-c", os.devnull, "--rootdir", str(root), "--noconftest", "-x", "-q", "-p", "no:cacheprovider"]
    environ = {
        **os.environ,
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "CI": "1",  # hypothesis tries the same examples every time
    }
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *options, tests],
            cwd=root,
            env=environ,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    if ended.returncode not in (0, 1, 2):  # passed, failed, or not importable
        raise SystemExit(f"pytest could not run {tests}:\n{ended.stdout}{ended.stderr}")
    return ended.returncode == 0


def survivors(modules: list[str], folder: Path) -> Iterator[Mutant]:
    """The mutants that live. Every worker has a copy of the tree."""
    free: SimpleQueue[Path] = SimpleQueue()
    workers = os.cpu_count() or 1
    for number in range(workers):
        copy = folder / str(number)
        for name in ("executor", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        free.put(copy)

    def lives(mutant: Mutant) -> bool:
        root = free.get()
        path = path_of(root, mutant.module)
        unchanged = path.read_text()
        path.write_text(mutant.source)
        try:
            return passes(root, mutant.module)
        finally:
            path.write_text(unchanged)
            free.put(root)

    every = [mutant for module in modules for mutant in mutants(module)]
    print(f"{len(every)} mutants", flush=True)
    with ThreadPoolExecutor(workers) as pool:
        yield from (mutant for mutant, alive in zip(every, pool.map(lives, every), strict=True) if alive)


def main(names: list[str]) -> int:
    modules = names or list(MODULES)
    for module in modules:
        if not passes(ROOT, module):
            print(f"tests/core/test_{module}.py fails without any change: mend that first")
            return 1
    with tempfile.TemporaryDirectory() as folder:
        alive = 0
        for mutant in survivors(modules, Path(folder)):
            print(mutant, flush=True)
            alive += 1
    print(f"{alive} live")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The resolved values against the model: every block that is right by itself, and a complaint for each that is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from executor.config.complaints import Path, did_you_mean
from executor.config.model import AccountSection, Root, RuleSection, RuleTest, Section, SenderSection, SymbolSection
from executor.config.schema import keys_at
from executor.config.source import Source

Block = TypeVar("Block", bound=Section)
_TAGS = {
    "[key]",
    "(name)",
    "(pattern)",
    "(hops)",
    "(proxies)",
}  # steps that pydantic puts into a path: a mapping's key, a union's branch
_KINDS = {
    "string_type": "text",
    "list_type": "a list: [one, two], or lines that start with '- '",
    "dict_type": "a mapping: lines of key: value",
    "model_type": "a mapping: lines of key: value",
    "model_attributes_type": "a mapping: lines of key: value",
}


@dataclass(frozen=True)
class Blocks:
    """What is right by itself, or would be without some of its keys; rules and tests by their place in the file.

    `mended` are the rules that would be: good enough to be complained about, not to be compared with others.
    """

    accounts: Mapping[str, AccountSection] = field(default_factory=dict)
    senders: Mapping[str, SenderSection] = field(default_factory=dict)
    symbols: Mapping[str, SymbolSection] = field(default_factory=dict)
    rules: Mapping[int, RuleSection] = field(default_factory=dict)
    tests: Mapping[int, RuleTest] = field(default_factory=dict)
    mended: frozenset[int] = frozenset()


def validate(source: Source) -> tuple[Root | None, Blocks]:
    """The whole configuration if it is sound, and in any case its sound blocks, so that all else can be judged too."""
    try:
        root = Root.model_validate(source.data)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False)
    else:
        rules, tests = dict(enumerate(root.rules)), dict(enumerate(root.tests))
        return root, Blocks(root.accounts, root.senders, root.symbols, rules, tests)
    for mistake in mistakes:
        path = _path(mistake)
        source.complain(path, _message(source, path, mistake))
    source.spoiled |= {_path(mistake) for mistake in mistakes}
    return None, _sound_blocks(source.data)


def _sound_blocks(data: Any) -> Blocks:
    if not isinstance(data, dict):
        return Blocks()
    rules, mended = _sound(RuleSection, data.get("rules"))
    return Blocks(
        accounts=_sound(AccountSection, data.get("accounts"))[0],
        senders=_sound(SenderSection, data.get("senders"))[0],
        symbols=_sound(SymbolSection, data.get("symbols"))[0],
        rules=rules,
        tests=_sound(RuleTest, data.get("tests"))[0],
        mended=mended,
    )


def _sound(kind: type[Block], section: Any) -> tuple[dict[Any, Block], frozenset[Any]]:
    """The blocks of a section, and which of them needed mending."""
    if isinstance(section, list):
        section = dict(enumerate(section))
    found: dict[Any, Block] = {}
    mended = set()
    for key, value in section.items() if isinstance(section, dict) else ():
        try:
            found[key] = kind.model_validate(value)
        except ValidationError as error:
            faults = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
            if block := _without(kind, value, faults, key):
                found[key] = block
                mended.add(key)
    return found, frozenset(mended)


def _without(kind: type[Block], value: Any, faults: set[str | int], place: str | int) -> Block | None:
    """The block without the keys at fault, a rule with something in their place; None if that does not help."""
    stand_ins = (
        {"name": f"unnamed-{place}", "symbol": "{{ symbol }}", "target": "{{ target }}"} if kind is RuleSection else {}
    )
    rest = {key: item for key, item in value.items() if key not in faults} if isinstance(value, dict) else {}
    try:
        return kind.model_validate(stand_ins | rest)
    except ValidationError:
        return None


def _path(mistake: ErrorDetails) -> Path:
    """Where it is in the file. An unknown key is part of the path under any name."""
    if mistake["type"] == "extra_forbidden":
        *above, key = mistake["loc"]
        return (*(step for step in above if step not in _TAGS), key)
    return tuple(step for step in mistake["loc"] if step not in _TAGS)


def _message(source: Source, path: Path, mistake: ErrorDetails) -> str:
    kind, context = mistake["type"], mistake.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{path[-1]!r} is not a key{did_you_mean(str(path[-1]), keys_at(path[:-1]))}"
    if mistake["loc"][-1:] == ("[key]",):
        return f"{path[-1]!r} {mistake['msg']}"
    if kind == "missing":
        return "is missing here"
    if kind in {"literal_error", "enum"}:
        return f"{source.found(path)} is not {context['expected']}{_close(source.found(path), context['expected'])}"
    if kind == "too_short":
        return "is empty: it needs at least one"
    if kind == "string_too_short":
        return "is empty"
    if kind == "value_error":
        return str(context["error"])
    if kind == "wrong":
        return f"{source.found(path)} {mistake['msg']}"
    if kind in _KINDS:
        return _wrong_kind(source, path, _KINDS[kind])
    return str(mistake["msg"])


def _close(found: str, expected: str) -> str:
    meant = did_you_mean(found.strip("'"), [word.strip("', ") for word in expected.replace(" or ", ", ").split(", ")])
    return meant if "mean" in meant else ""


def _wrong_kind(source: Source, path: Path, wanted: str) -> str:
    value: Any = source.data
    for step in path:
        value = value[step]
    if value is None:
        return f"is empty: it must be {wanted}"
    shape = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else source.found(path)
    return f"{shape} is not {wanted}"

"""YAML → plain values, each with its line and its spelling; never an object that the text names.

Numbers stay text (`Number`) until a field asks for them, so that 0.10, 60 and a passphrase of 0012 are what was
written. Only true and false are booleans: `no`, `on` and `12:30` are text, as in YAML 1.2.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import yaml

from executor.config.complaints import Path
from executor.config.yaml_syntax import MAX_DEPTH, Unreadable, check_size, compose

_NUMBER = re.compile(r"[-+]?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][-+]?\d{1,2})?")
_TAG = "tag:yaml.org,2002:"
_TEXT = {"str", "timestamp", "value"}
_CONSTANTS: dict[str, bool] = {"true": True, "false": False}


class Number(str):
    """A number as the file spells it, written without quotes."""

    __slots__ = ()


def plain(value: Any) -> Any:
    """A value as a decoded alert would hold it: numbers are Decimals."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return Decimal(value) if isinstance(value, Number) else value


class Mark(NamedTuple):
    """Where a value stands, and how it is written there if it is a single one."""

    line: int
    written: str | None


@dataclass(frozen=True)
class Document:
    """A file's values (dict, list, str, Number, bool, None), their marks by path, and what is wrong with its form."""

    data: Any
    marks: dict[Path, Mark]
    mistakes: list[tuple[Path, int, str]]

    @classmethod
    def parse(cls, text: str) -> "Document":
        """Raises Unreadable if there is no making sense of it."""
        reader = _Reader(budget=check_size(text))
        root = compose(text)
        data = None if root is None else reader.value(root, (), root.start_mark.line)
        return cls(data, reader.marks, list(dict.fromkeys(reader.mistakes)))


Entry = tuple[yaml.ScalarNode, yaml.Node]


@dataclass
class _Reader:
    """Builds the values. `budget` bounds how many, since an alias may repeat a block any number of times."""

    budget: int
    marks: dict[Path, Mark] = field(default_factory=dict)
    mistakes: list[tuple[Path, int, str]] = field(default_factory=list)

    def value(self, node: yaml.Node, path: Path, line: int) -> Any:
        self._spend(node, len(path))
        self.marks[path] = Mark(line + 1, node.value if isinstance(node, yaml.ScalarNode) else None)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return {
                key: self.value(value, (*path, key), key_node.start_mark.line)
                for key, (key_node, value) in self._entries(node, path, len(path)).items()
            }
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(item, (*path, at), item.start_mark.line) for at, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _spend(self, node: yaml.Node, depth: int) -> None:
        self.budget -= 1
        if self.budget < 0 or depth > MAX_DEPTH:
            raise Unreadable(
                node.start_mark.line + 1,
                "its aliases (*name, <<) repeat too much, or a block contains itself: write some of it out",
            )

    def _entries(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Entry]:
        """The keys of a mapping; its own win over those merged in with `<<`."""
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key_node, value in node.value:
            self._spend(key_node, depth)
            if key_node.tag == f"{_TAG}merge":
                for source in self._sources(value, path):
                    merged = self._entries(source, path, depth + 1) | merged
            elif not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append((path, key_node.start_mark.line + 1, _strange_key(key_node)))
            elif key_node.value in own:
                first = own[key_node.value][0].start_mark.line + 1
                message = f"this key is given twice, first on line {first}: keep one of them"
                self.mistakes.append(((*path, key_node.value), key_node.start_mark.line + 1, message))
            else:
                own[key_node.value] = (key_node, value)
        return merged | own

    def _sources(self, node: yaml.Node, path: Path) -> Iterator[yaml.MappingNode]:
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(source, yaml.MappingNode):
                yield source
            else:
                self.mistakes.append(((*path, "<<"), node.start_mark.line + 1, "<< takes a mapping: write <<: *name"))

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        kind = node.tag.removeprefix(_TAG)
        text = node.value
        if kind in {"int", "float"}:
            return Number(text) if _NUMBER.fullmatch(text) else text
        if kind == "bool":
            return _CONSTANTS.get(text.lower(), text)
        if kind not in _TEXT | {"null"}:
            message = "a value that starts with ! is a YAML tag, and none is allowed here: put the value in quotes"
            self.mistakes.append((path, node.start_mark.line + 1, message))
        return text if kind in _TEXT else None


def _strange_key(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        return 'a value with {{ … }} must stand in quotes: "{{ ticker }}"'
    return "a key must be a word, not a list or a mapping"

from typing import Any

import pytest

from executor.config.yaml_reader import Document, Number
from executor.config.yaml_syntax import Unreadable, decode


def mistakes(text: str) -> list[tuple[str, int]]:
    return [(".".join(map(str, path)), line) for path, line, _ in Document.parse(text).mistakes]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("60", Number("60")),
        ("1834.20", Number("1834.20")),
        ("0012", Number("0012")),
        ('"60"', "60"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2026-11-20T09:00:01Z", "2026-11-20T09:00:01Z"),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("~", None),
        ("", None),
        ("[a, [b]]", ["a", ["b"]]),
    ],
)
def test_a_value_is_what_is_written(written: str, value: Any) -> None:
    found = Document.parse(f"key: {written}").data["key"]
    assert (found, type(found)) == (value, type(value))


def test_every_value_knows_its_line_and_spelling() -> None:
    marks = Document.parse("a: 1\nb:\n  - x\n  - c: 0.10\n    d: |\n      text\n").marks
    assert {path: mark.line for path, mark in marks.items()} == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
        ("b", 1, "d"): 5,
    }
    assert marks["b", 1, "c"].written == "0.10"


def test_merged_keys_give_way_to_the_mappings_own() -> None:
    text = "base: &base {x: 1, y: 2}\nother: &other {y: 3, z: 4}\nuse:\n  <<: [*base, *other]\n  x: 5\n"
    document = Document.parse(text)
    assert document.data["use"] == {"x": "5", "y": "2", "z": "4"}
    assert document.mistakes == []
    assert document.marks["use", "x"].line == 5


def test_duplicate_keys_are_mistakes_at_the_second_one() -> None:
    document = Document.parse("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")
    assert mistakes("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n") == [("a", 5), ("b.c", 4)]
    assert "first on line 3" in document.mistakes[1][2]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a: 1\nb: !!python/object/apply:os.system [id]", "b", 2),
        ("b: !token x", "b", 1),
        ("b: {{ ticker }}", "b", 1),
        ("? [x]\n: 1", "", 1),
        ("a:\n  <<: 5", "a.<<", 2),
    ],
)
def test_what_yaml_allows_and_a_configuration_does_not(text: str, path: str, line: int) -> None:
    assert mistakes(text) == [(path, line)]


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + previous] * 9)}]\n"
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGED_LAUGHS = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join(['*' + previous] * 9)}]}}\n"
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: x: y", 2, "second ': '"),
        ("a:\n\t- b", 2, "tab"),
        ("a:\n  b: 1\n\tc: 2", 3, "tab"),
        ("a: *b", 1, "alias"),
        ("a: 'x\nb: 1\n", 1, "never closed"),
        ("a: @x", 1, "cannot start"),
        ("a: [1, 2\nb: 3\n", 2, "not closed"),
        ("a: [1, 2", 1, "not closed"),
        ("a: {b: ${C}}", 1, "needs quotes here"),
        ("- a\nb: 1", 2, "one level"),
        ('a: "\\q"', 1, "backslash"),
        ("a: 1\nb", 2, "key without ': '"),
        ("a: 1\n--- b\n", 2, "second document"),
        ("a: 1\nb: \x07", 2, "control character"),
        ("[" * 100_000, 1, "nested deeper"),
        ("a:\n  " + "[" * 500, 2, "nested deeper"),
        ("- " * 3000, 1, "nested deeper"),
        ("a: &a [*a]", 1, "contains itself"),
        ("a: &a {<<: *a}", 1, "contains itself"),
        (LAUGHS, 1, "repeat too much"),
        (MERGED_LAUGHS, 1, "repeat too much"),
    ],
)
def test_what_is_no_yaml_is_explained_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as refused:
        Document.parse(text)
    assert refused.value.line == line


@pytest.mark.parametrize(
    "text", ["a: *hunter2hunter2", "a: &hunter2hunter2 x\nb: &hunter2hunter2 y", "a: !hunter2hunter2 x"]
)
def test_a_secret_that_looks_like_yaml_is_not_quoted_back(text: str) -> None:
    try:
        said = str(Document.parse(text).mistakes)
    except Unreadable as refused:
        said = str(refused)
    assert "YAML" in said or "anchor" in said
    assert "hunter2" not in said


def test_a_file_is_utf_8_and_of_bounded_size() -> None:
    assert decode("\ufeffa: ü".encode()) == "a: ü"
    with pytest.raises(Unreadable, match="UTF-8") as refused:
        decode(b"a: 1\nb: \xff")
    assert refused.value.line == 2
    with pytest.raises(Unreadable, match="larger than 8 MiB"):
        decode(b" " * (8 * 1024 * 1024 + 1))

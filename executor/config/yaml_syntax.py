"""Text that is not YAML: the complaint has its line and our own words, since the parser's may quote a secret."""

import yaml

LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
_ALIAS_FACTOR, _ALIAS_FLOOR = 10, 10_000  # how much aliases may multiply what is written
_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"

# what the parser says contains …  →  what it means
_MEANING = {
    "mapping values are not allowed": "a second ': ' in one line, or a line indented too far: put the value in quotes, "
    "or align the line with the one above",
    "undefined alias": "a value that starts with * is an alias, and no such anchor stands above: put it in quotes",
    "duplicate anchor": "an anchor (&name) is given twice: rename one of them",
    "unexpected end of stream": "a quote is opened and never closed",
    "cannot start any token": "a value cannot start with this character (% @ ` and tabs have a meaning in YAML): "
    "put it in quotes",
    "escape character": "a backslash in double quotes has a meaning in YAML: use 'single quotes'",
    "expected ',' or ']'": "a [list] is not closed, or a comma or a quote is missing",
    "expected ',' or '}'": 'a {mapping} is not closed, or a comma or a quote is missing: "${NAME}" needs quotes here',
    "could not find expected ':'": "a key without ': ' after it",
    "expected '-' indicator": "a list and keys are mixed on one level: align them, or start each item with '- '",
    "expected <block end>": "a line is not aligned with the others of its block",
    "did not find expected key": "a line is not aligned with the others of its block, or text follows a closing quote",
    "maximum nesting depth": _TOO_DEEP,  # PyYAML 6.0.4 and later count brackets before they tell of the first
    "another document": "a second document starts here (---): one file holds one configuration",
}


class Unreadable(Exception):
    """The text is not one readable YAML document; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise Unreadable(1, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    raise Unreadable(line, "this is not UTF-8 text: save the file as UTF-8")


def check_size(text: str) -> int:
    """How many values the document may unfold to; refuses deep nesting, which the parser's C code would not survive."""
    depth = nodes = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            nodes += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise Unreadable(line, _TOO_DEEP)
    except yaml.YAMLError as error:
        mistake = _explained(error, text)
    else:
        return nodes * _ALIAS_FACTOR + _ALIAS_FLOOR
    raise mistake


def compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mistake = _explained(error, text)
    raise mistake


def _explained(error: yaml.YAMLError, text: str) -> Unreadable:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        return Unreadable(_control_character_line(text), "a control character, which YAML does not allow: remove it")
    line = mark.line
    lines = text.split("\n")
    if line < len(lines) and "\t" in lines[line][: len(lines[line]) - len(lines[line].lstrip())]:
        return Unreadable(line + 1, "the line is indented with a tab, and YAML wants spaces")
    said = f"{error.context or ''} {error.problem or ''}"
    meaning = next((meaning for words, meaning in _MEANING.items() if words in said), "this is not valid YAML")
    opened = error.context_mark.line if error.context_mark else line
    noticed_at_the_end = mark.index >= len(text.rstrip())
    return Unreadable((opened if noticed_at_the_end else line) + 1, meaning)


def _control_character_line(text: str) -> int:
    at = next((at for at, char in enumerate(text) if (char < " " and char not in "\t\n\r") or char == "\x7f"), 0)
    return text.count("\n", 0, at) + 1

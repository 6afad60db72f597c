"""One configuration file while it is being judged: its values, where they stand, and what is wrong so far.

A complaint shows a value as the file spells it (`${NAME}`, never what it stands for), and a secret not at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from executor.config.complaints import Complaint, Path, dotted
from executor.config.files import Read, from_disk
from executor.config.interpolation import Interpolation
from executor.config.yaml_reader import Document, Mark
from executor.config.yaml_syntax import MAX_BYTES, Unreadable, decode

HIDDEN = "<secret>"
_NOT_QUOTED = "cannot be used once its ${…} are filled in; with what is not shown, it may be secret"
_CREDENTIALS = {"api_key", "api_secret", "api_passphrase", "secrets"}
_USER_INFO = re.compile(r"(?<=://)[^/\s]*@")
_SHORTEST_TO_HIDE = 8  # characters; a shorter secret could be a part of any word
_SHOWN_CHARACTERS = 60


def is_secret(path: Path) -> bool:
    """Whether what stands at `path` is never shown: credentials, and the ledger's URL with its password."""
    if path[:1] in {("ledger",), ("operator",)} or path == ("proxies", "secret"):
        return True
    return path[:1] in {("accounts",), ("senders",)} and not _CREDENTIALS.isdisjoint(path)


@dataclass
class Source:
    """A file's resolved values, and the complaints about them; `spoiled` ones get no further complaint.

    `warnings` do not keep it from being used.
    """

    file: str
    data: Any = None
    marks: Mapping[Path, Mark] = field(default_factory=dict)
    filled: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    warnings: list[Complaint] = field(default_factory=list)
    spoiled: set[Path] = field(default_factory=set)

    @classmethod
    def read(cls, file: FilePath, environ: Mapping[str, str], read: Read = from_disk) -> "Source":
        """Reads, parses and fills in references. A file that cannot be read has complaints and no data."""
        source = cls(str(file))
        try:
            document = Document.parse(decode(read(file, MAX_BYTES)))
        except OSError as error:
            source.complaints.append(Complaint(source.file, 1, "", f"the file cannot be read: {error.strerror}"))
            return source
        except Unreadable as mistake:
            source.complaints.append(Complaint(source.file, mistake.line, "", str(mistake)))
            return source
        source.marks, source.spoiled = document.marks, {path for path, _, _ in document.mistakes}
        source.complaints += [
            Complaint(source.file, line, dotted(path), text) for path, line, text in document.mistakes
        ]
        interpolation = Interpolation(environ, file.parent, source.spoil, read)
        source.data, source.filled = interpolation.resolve(document.data), interpolation.filled
        return source

    @property
    def unreadable(self) -> bool:
        """Whether there are no values to judge. An empty file has some: nothing."""
        return not self.marks and bool(self.complaints)

    def spoil(self, path: Path, message: str) -> None:
        """Complains about a value that cannot be known; nothing more is said about it."""
        self.complain(path, message)
        self.spoiled.add(path)

    def complain(self, path: Path, message: str) -> None:
        if not any(path[:length] in self.spoiled for length in range(len(path) + 1)):
            self.complaints.append(Complaint(self.file, self.line(path), dotted(path), message))

    def warn(self, path: Path, message: str) -> None:
        self.warnings.append(Complaint(self.file, self.line(path), dotted(path), message))

    def complain_quoting(self, path: Path, message: str) -> None:
        """Complains in words that may quote the value, unless it or a part of it came from outside the file."""
        outside = any(filled[: len(path)] == path for filled in self.filled)
        self.complain(path, _NOT_QUOTED if outside else message)

    def verdict(self) -> tuple[Complaint, ...]:
        """All complaints, in the order of the file and without secrets."""
        secrets = "|".join(map(re.escape, sorted(self._secrets(), key=len, reverse=True)))
        if not secrets:
            return tuple(sorted(set(self.complaints)))
        pattern = re.compile(secrets)
        redacted = (  # a secret may stand for a key, and so be in a path
            replace(one, path=pattern.sub(HIDDEN, one.path), message=pattern.sub(HIDDEN, one.message))
            for one in self.complaints
        )
        return tuple(sorted(set(redacted)))

    def line(self, path: Path) -> int:
        """The line of the key or item at `path`, or of the nearest block around it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks[path].line if path in self.marks else 1

    def found(self, path: Path) -> str:
        """What stands at `path`, for the beginning of a complaint."""
        if is_secret(path):
            return HIDDEN
        written = self.marks[path].written if path in self.marks else None
        if written is None:
            return "this"
        written = _USER_INFO.sub(f"{HIDDEN}@", written)
        return repr(written) if len(written) <= _SHOWN_CHARACTERS else repr(written[:_SHOWN_CHARACTERS] + "…")

    def _secrets(self) -> set[str]:
        """Everything that a careless message could give away."""
        written = {mark.written for path, mark in self.marks.items() if mark.written and is_secret(path)}
        outside = {part for parts in self.filled.values() for part in parts}
        literal = {text for text in written if "${" not in text}
        return {text for text in literal | outside if len(text) >= _SHORTEST_TO_HIDE}

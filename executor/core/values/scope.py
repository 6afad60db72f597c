"""What names, dots and brackets reach in a value: the alert's fields, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from executor.core.alert import MISSING, Alert, lookup, unreplaced
from executor.core.values.arithmetic import number
from executor.core.values.comparing import cut, shown
from executor.core.values.errors import ValueRefused
from executor.core.values.functions import Absent, text


@dataclass(frozen=True, slots=True)
class Scope:
    """One alert while a value is worked out; `names` are those that win over its fields.

    They are `alert` (all fields as a mapping), `sender`, `received`, and what {% set %} has named.
    """

    fields: Mapping[str, Any]
    names: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, alert: Alert) -> "Scope":
        return cls(alert.fields, {"alert": alert.fields, "sender": alert.sender, "received": alert.received_at})

    def path(self, names: tuple[str, ...]) -> Any:
        """`a.b.c`: as a path into the alert, exactly as in `when`, unless `a` is a name of its own."""
        if names[0] not in self.names:
            dotted = ".".join(names)
            return _field(lookup(self.fields, dotted), dotted)
        value = self.names[names[0]]
        for name in names[1:]:
            value = item(value, name)
        return value


def item(value: Any, key: Any) -> Any:
    """`value[key]`: a field of a mapping, or the n-th entry of a list or character of a text."""
    if isinstance(value, Absent):
        return Absent(f"{value.path}.{text(key)}")
    if isinstance(value, Mapping):
        return _field(lookup(value, text(key)), text(key))
    if isinstance(value, list | str) and not isinstance(key, str):
        place = number(key)
        if place == place.to_integral_value() and -len(value) <= place < len(value):
            return _field(value[int(place)], text(key))
    return Absent(text(key))


def part(value: Any, start: int | None, stop: int | None) -> Any:
    """`value[start:stop]` of a list or a text."""
    return (value if isinstance(value, list) else text(value))[start:stop]


def _field(value: Any, path: str) -> Any:
    """A field as found: marked if it is not there, refused if it is a placeholder that was left as it is."""
    if value is MISSING:
        return Absent(path)
    if isinstance(value, str) and (left := unreplaced(value)):
        raise ValueRefused(f"TradingView did not replace the placeholder {cut(left)} in the field {shown(path)}")
    return value

"""What a sender may reach. It never changes which rule decides: what that rule asks for passes, or is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from executor.core.rules.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class May:
    """The names of `rules`, `accounts` and `symbols` within a sender's reach; of a kind that is left out, all."""

    sender: str
    names: Mapping[str, frozenset[str]]

    def __str__(self) -> str:
        return "; ".join(f"{kind} {', '.join(names)}" for kind, names in self.to_json().items())

    def to_json(self) -> dict[str, list[str]]:
        return {kind: sorted(names) for kind, names in self.names.items()}

    def barred(self, rule: str, accounts: Sequence[str], symbol: str | None = None) -> NotAllowed | None:
        """Why the sender cannot have what a rule asks for. `symbol` None: not known, so not judged."""
        asked = {"rules": (rule,), "accounts": accounts, "symbols": () if symbol is None else (symbol,)}
        for kind, names in asked.items():
            for name in names:
                if name not in self.names.get(kind, names):
                    return NotAllowed(self.sender, rule, kind, name)
        return None

"""`accounts` → accounts with everything filled in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from pydantic import SecretStr

from executor.config.model import AccountSection, Venue
from executor.config.source import Source
from executor.core import Parameters, PositionMode

_BITGET = "https://api.bitget.com"
BASE_URLS = {"simulator": "http://127.0.0.1:5020", "demo": _BITGET, "live": _BITGET}


def complain_of_shared_keys(source: Source, accounts: Mapping[str, AccountSection]) -> None:
    """A key has one account. Under two names, two orders would turn its position: the second would turn it back."""
    first: dict[tuple[str, str], str] = {}
    for name, account in accounts.items():
        if account.api_key:
            key = (account.base_url or BASE_URLS[account.venue], account.api_key.get_secret_value())
            other = first.setdefault(key, name)
            if other != name:
                source.complain(
                    ("accounts", name, "api_key"), f"this is the key of account {other} as well: list an account once"
                )


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """An account with everything filled in."""

    name: str
    venue: Venue
    position_mode: PositionMode
    api_key: SecretStr
    api_secret: SecretStr
    api_passphrase: SecretStr
    base_url: str
    rate_limit: int
    parameters: Parameters
    position_max_age: timedelta
    late_reads: timedelta | None
    answered_doubt: timedelta

    @property
    def key_mark(self) -> str:
        """Identifies the account at the exchange, under any name here. It does not reveal the key."""
        return hashlib.sha256(f"{self.base_url}\n{self.api_key.get_secret_value()}".encode()).hexdigest()[:12]

    @classmethod
    def of(cls, name: str, account: AccountSection) -> Self:
        """The simulator takes any credentials; an account's name as its key keeps the accounts apart."""
        return cls(
            name=name,
            venue=account.venue,
            position_mode=account.position_mode,
            api_key=account.api_key or SecretStr(name),
            api_secret=account.api_secret or SecretStr("simulator"),
            api_passphrase=account.api_passphrase or SecretStr("simulator"),
            base_url=account.base_url or BASE_URLS[account.venue],
            rate_limit=account.rate_limit,
            parameters=account.parameters.compiled(),
            position_max_age=account.position_max_age,
            late_reads=account.late_reads,
            answered_doubt=account.answered_doubt,
        )

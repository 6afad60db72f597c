"""config.yaml as a whole. Every key's type and default stands in the section it belongs to, and nowhere else."""

from typing import Annotated

from pydantic import Field, SecretStr

from executor.config.accounts import Account
from executor.config.operator import Operator
from executor.config.places import LedgerUrl
from executor.config.proxies import ProxiesOrHops
from executor.config.rules import Rule
from executor.config.scalars import Name, whole_number
from executor.config.senders import Sender
from executor.config.settings import Settings
from executor.config.symbols import Symbol, SymbolName
from executor.config.tests import Trial


class Root(Settings):
    """The executor's configuration."""

    version: Annotated[int, whole_number(1, 1)] = Field(description="The version of this format.")
    ledger: LedgerUrl = Field(SecretStr("sqlite:///executor.db"), description="Where everything is recorded.")
    proxies: ProxiesOrHops = Field(0, description="The trusted proxies in front: how many, or with their secret.")
    operator: Operator | None = None
    accounts: dict[Name, Account] = Field(min_length=1)
    senders: dict[Name, Sender] = Field(min_length=1)
    symbols: dict[SymbolName, Symbol] = Field(min_length=1)
    rules: list[Rule] = Field(min_length=1)
    tests: list[Trial] = Field([], description="Run by `executor check`, and before new rules are taken over.")

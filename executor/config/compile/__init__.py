"""From sections that are right by themselves to what the executor runs on, with every complaint between them.

Read `blocks` first: it compiles the sections one after another. `accounts`, `senders`, `proxies`, `symbols`, `rules`
and `may` each compile one section, and complain about what it may not say beside the others.
"""

from executor.config.compile.accounts import BASE_URLS, AccountConfig
from executor.config.compile.blocks import Compiled, compile_blocks
from executor.config.compile.symbols import SymbolConfig

__all__ = ["BASE_URLS", "AccountConfig", "Compiled", "SymbolConfig", "compile_blocks"]

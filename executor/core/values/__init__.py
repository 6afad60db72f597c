"""Values in rules: text with expressions in it, filled in from an alert: `"{{ ticker | replace('.P', '') }}"`.

What it can do
    Fields         `{{ close }}`, `{{ strategy.order.action }}`, `{{ alert["market position"] }}`, `{{ legs[0] }}`;
                   `sender` and `received` besides. A literal key wins over a dotted path, as in `when`.
    Numbers        `+ - * / // %`, exact decimals throughout: 0.1 + 0.2 is 0.3. Text that is a number is one.
    Text           `~` joins, `[:3]` cuts; the functions of `functions`, as filters or as methods.
    Choices        `'long' if size > 0 else 'short'`, `{% if %}…{% elif %}…{% else %}…{% endif %}`, `{% set name = … %}`
    Questions      `== != < <= > >= in`, `and or not`, `is defined`, `is none`; equal means what it means in `when`.
What it cannot do
    Loops, macros, includes, imports, attributes or methods of Python's objects, and anything else without a row in
    `expressions.STEPS`. A value that is missing, null, a placeholder that TradingView did not replace, or not a number
    where one is needed is refused: it never comes out as empty text.

Why it is not Jinja's sandbox
    Only Jinja2's parser is used: people know its syntax, and its errors are good. Its sandbox compiles a template to
    Python code and then has to forbid what that code may reach; every escape so far was something not yet forbidden.
    Here nothing is compiled, and what is not in the table does not exist. The sandbox does not bound time or memory
    (`"%1000000000d"`, `range`, `"a" * 10**9`); here every step is bounded, so that no alert can stop a worker. And its
    numbers are floats, which are no sizes: `0.1 + 0.2` would be 0.30000000000000004 coins.

Read `value` (compiling and filling in), `expressions` (the table), then `functions`, `relations` and `arithmetic` (what
its rows call) and `scope` (what names reach). `comparing` says when two values are the same: `when` uses it as well.
"""

from executor.core.values.comparing import SHOWN_CHARACTERS, as_moment, canonical, cut, distance, missing, shown
from executor.core.values.errors import BadValue, ValueRefused
from executor.core.values.functions import FUNCTIONS, LONGEST
from executor.core.values.value import Value, compile_value

__all__ = [
    "FUNCTIONS",
    "LONGEST",
    "SHOWN_CHARACTERS",
    "BadValue",
    "Value",
    "ValueRefused",
    "as_moment",
    "canonical",
    "compile_value",
    "cut",
    "distance",
    "missing",
    "shown",
]

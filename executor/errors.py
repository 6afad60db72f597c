"""The exception tree. Each area derives its own mistakes from these roots, beside the code that meets them.

ExecutorError                 a known failure, in one sentence: what happened, why, what to do
├── ConfigError               config.yaml cannot be used (executor/config)
├── TestsFailed               it fails its own tests (executor/engine)
├── AlertRefused              this alert is not carried out, and sending it again changes nothing
│   ├── Undecodable           400  the body cannot be read (executor/core/alert)
│   ├── NotAuthenticated      401  no sender of config.yaml sent it (executor/core/sender)
│   ├── LockedOut             429  the same, once too often (executor/engine)
│   ├── NotAllowed            403  its sender may not reach what it asks for (executor/core/rules)
│   ├── NoRuleMatches         422  no rule wants it (executor/core/rules)
│   └── ValueRefused          422  a rule wants it, but a value makes no sense (executor/core/rules)
├── TooMuchToDo               a new alert cannot be taken just now; nothing was stored (executor/engine)
├── NotRead                   a stranger's alert was not looked at just now; nothing was stored (executor/engine)
├── Undecidable               nothing can be decided for an account or symbol (executor/engine)
├── LedgerError               the ledger cannot be used (executor/ledger)
│   ├── LedgerUnavailable     it could not be read or written just now
│   │   ├── LedgerSlow        not within the time that its caller has
│   │   └── LedgerGone        its file was deleted or replaced
│   ├── LedgerOutdated        its tables are those of another version
│   ├── LaneLost              another process has taken this lane over
│   └── OrderMoved            an order is not in the state that a step needs
├── ReadError                 the exchange did not say (executor/bitget)
│   ├── Unclear               a row does not say what it should
│   ├── ReadFailed            no usable answer: unknown, never flat, try again
│   │   └── NotFound          it knows no such order, or not yet
│   └── ReadRefused           a definite no: trying again changes nothing
├── NeverSent, MaybeSent      a request got no whole answer (executor/bitget)
│   └── TooManyRequests       what stands in front of the exchange said 429 to it
├── UnusableCredentials       no header can carry a credential (executor/bitget)
├── NotEnded                  `executor end` may not end that order (executor/cli)
└── NoLedger, ServerEnded     a command found nothing to work on (executor/cli)

What the exchange answers to an order is a value, not an exception: see executor/bitget/answers.py.
"""


class ExecutorError(Exception):
    """A known failure. Its text is one sentence for the person who runs the executor."""


class AlertRefused(ExecutorError):
    """The alert is not carried out; `status` is the HTTP status that says so."""

    status = 422


class LedgerError(ExecutorError):
    """The ledger cannot be used."""


class ReadError(ExecutorError):
    """The exchange did not say what was asked."""

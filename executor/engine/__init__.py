"""Carries alerts out: takes them in, runs the lanes, watches the accounts, follows config.yaml.

In the order of reading:

    runner          wires everything together; owns the recurring tasks of a process
    intake          an alert's way until it is stored: senders/, core.rules, backlog, fast_path
    fast_path       stores it by `ledger.alerts.record`; where its lane is idle, with a signed order that leaves at once
    scheduler       which lane runs next, on which thread
    lanes           the lanes that this process holds
    steps           what a lane does next: one step of one order
    orders/         what a step does: propose, send, verify, resolve
    lane/           one held lane, and what is known of it
    accounts/       the accounts: connections, watch, upkeep
    senders/        authenticates senders and counts failed attempts
    reload          follows config.yaml (identity: which changes wait; last_good: what a worker's successor starts with)

Beside them: `backlog` (how many orders are unfinished), `readiness`, `overload`, `attention` (for which lanes a client
waits), `clock_check`, `recurring` (a task in a thread of its own) and `timings` (all time limits, as one value).

Both ways of sending share `orders.proposing.propose` and all after it. `orders.placing.send` is the only caller of
`BitgetExchange.send`. An order is changed only by the thread that runs its lane.
"""

"""The accounts of config.yaml while a process uses them.

    accounts            all of them, and the configuration in force; `apply` replaces both together
    account             one: its exchange, its watch and upkeep, its position modes and contracts
    watch               a thread that reads the account's positions once a second
    shared_reads        the same positions, where another process reads them: by way of the ledger
    upkeep              a thread that keeps contracts, modes and connections ready
    recent_reversals    the exchange's records of reversals, read once for all lanes in doubt

Positions as last read are kept in `Watch`; what an account's mode and contracts are, in `Account`.
"""

"""Authenticates senders and counts failed attempts.

    admission       decides on one attempt; core.sender compares the secrets
    lockout         locks: too many wrong attempts from an address, for a sender, or in all
    strangers       reads long or suspect bodies one at a time
    fair_lock       a lock that goes to the thread that has waited longest
    secret_uses     which secret was used when, written to the ledger once a minute

Attempts and locks are kept in the memory of each process.
"""

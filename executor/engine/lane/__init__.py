"""One lane while this process holds it, and what is known of it.

    held_lane     the claim, and every change of an order that is written down
    in_flight     the order at the exchange
    proposal      a signed request, and what it was decided from
    last_use      how the lane was left by the last process that ran it
    guards        legs that must not be built up while a request may still run
    signals       which of the lane's queued signals count
    backoff       how long to wait before the next try
    order_log     log lines about an order

A HeldLane belongs to the thread that runs the lane. It writes to the ledger first and changes itself after that.
"""

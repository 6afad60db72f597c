"""The real exchange: Bitget's V2 futures API over HTTPS, for classic accounts, live or demo.

A request leaves in one place: `transport.Transport.send`. On its way there it passes, from the top:

    exchange         one account: its reads, and the orders that are sent for it; what the engine uses
    rate_limits/     which request may leave now
    reads            a read and its errors: unknown (may be asked again), or refused
    client           the signed request and its reply (signing, credentials; endpoints: every path that is used)
    transport        one HTTP round trip through a requests.Session
    adapter          beneath requests: never sent or maybe sent, and bounds on an answer's size and time

An answer comes back through:

    envelope         the frame of every answer (errors: no answer that can be read)
    codes            what each of Bitget's codes means
    answers          what became of an order that was sent
    parsing          values of a row, for positions, contracts and order_records (the evidence on past orders)
    server_clock     the exchange's time, learned from every answer

Orders are sent once: nothing here sends one again. An outcome that is not clear is a value, `answers.InDoubt`.
"""

"""What a lane's step does with an order, from queued to its end.

proposing       decide and sign: a Proposal, an end, or a wait (inputs: what the decision needs; brakes)
placing         mark it sent, send it once, record the answer
verification    an accepted or refused order: read the position until it is the plan
resolving       an order in doubt: gather evidence until it proves something
concluding      carry out what the evidence proves
lifetime        how long a request may still run
observations    what can be seen of an order: the position, and its record at the exchange
"""

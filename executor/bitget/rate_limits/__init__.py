"""How often the exchange may be asked, and which request leaves next.

    rate_limit    one limit: a sliding window of requests
    fair_queue    the orders of an account that wait for one limit: in the order in which they came
    read_budget   the reads of an account, with room left for orders; and the limit of the process's address

The exchange counts all processes together, so each process takes its share of every limit. A request is counted when
it is allowed to leave. For one that may not, they say how long to wait; nothing blocks here.
"""

from executor.bitget.rate_limits.fair_queue import FairQueue
from executor.bitget.rate_limits.read_budget import AddressLimit, ReadBudget

__all__ = ["AddressLimit", "FairQueue", "ReadBudget"]

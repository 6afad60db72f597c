"""A Bitget of our own: the same paths, signatures, answers and codes, for trying rules and for proving the executor.

It is a second, independent reading of the exchange's documents and shares no code with the client. In the order of
reading:

    serving, server     a thread that serves HTTP, and the paths that it answers
    exchange            the state: accounts, clock, rate limits, journal (traffic counts, settings say what is unknown)
    authorization       what is checked of every signed request
    asking              a request's parameters, checked as the exchange checks them
    execution           what an order does, at once or later (later, moment, resting)
    market, orders      positions and orders of an account (contracts: what can be traded)
    endpoints           the answers, one function a path (rows, order_reads, envelope, refusal)
    faults, playing     what can go wrong, and how it is played (fault_text: as the command line gives it)
    control             the simulator's own paths, for tests and the demo
"""

from executor.simulator.fault_text import parse_fault
from executor.simulator.faults import Fault
from executor.simulator.serving import Simulator, start_simulator
from executor.simulator.settings import AccountSettings, Settings

__all__ = ["AccountSettings", "Fault", "Settings", "Simulator", "parse_fault", "start_simulator"]

"""A Bitget of our own: the same paths, signatures, answers and codes, for trying rules and for proving the executor.

It is a second, independent reading of the exchange's documents and shares no code with the client.
"""

from executor.simulator.fault_text import parse_fault
from executor.simulator.faults import Fault
from executor.simulator.serving import Simulator, start_simulator
from executor.simulator.settings import AccountSettings, Settings

__all__ = ["AccountSettings", "Fault", "Settings", "Simulator", "parse_fault", "start_simulator"]

"""Python imports this at the start of every process that tests start: they have this folder in PYTHONPATH."""

from trespass import guard

guard()

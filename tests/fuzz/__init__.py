"""Fuzzing of everything that a stranger's bytes go through: `python -m tests.fuzz`, and a short form in the suite."""

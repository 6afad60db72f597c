"""How fast it is: every figure beside that of a bare Flask view that was started in the same run."""

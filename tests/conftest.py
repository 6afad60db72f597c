"""What every test may use, and the guard that every test runs under."""

pytest_plugins = ["tests.guard.plugin", "tests.desk", "tests.postgres", "pytester"]

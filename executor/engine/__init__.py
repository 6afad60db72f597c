"""Carries out: takes alerts in, runs the lanes, watches the accounts, picks up changes of config.yaml."""

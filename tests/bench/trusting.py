"""python -m tests.bench.trusting CERTIFICATE MODULE ...: runs a module that trusts this certificate alone."""

import os
import runpy
import sys

import certifi

_, certificate, *sys.argv = sys.argv
os.environ["REQUESTS_CA_BUNDLE"] = certificate  # for sessions of requests
certifi.where = lambda: certificate  # for its adapters; they ask when they are imported
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

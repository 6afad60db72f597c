"""The HTTP interface: alerts in; receipts, pages, metrics and health out.

gunicorn is given `executor.web:create_app()`.

In the order of reading:

    app                 builds the Flask application around one Runner
    context             of a request: the Runner, and whether the client is on this machine
    hook                POST /hook/<sender>: an alert's way in; body reads its bytes
    proxies             which address and certificate a request has; client_certificate parses the certificate
    problems            every refusal as application/problem+json: which error becomes which status
    receipts, health, metrics, openapi     the other paths, one module each
    operator/           the operator's pages, login and halts
    logs                what a log line looks like

A path decides nothing: it reads the request, calls the Runner, and writes the answer. `hook` calls `Runner.take`.
"""

from executor.web.app import create_app as create_app

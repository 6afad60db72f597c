"""Security headers of every answer but an alert's: a browser runs, frames and keeps nothing from elsewhere."""

from flask import Response, request

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
A_YEAR = "max-age=31536000"


def add_headers(answer: Response) -> Response:
    if request.blueprint != "hook":
        answer.headers.update(HEADERS)
        if request.is_secure:
            answer.headers["Strict-Transport-Security"] = A_YEAR
    return answer

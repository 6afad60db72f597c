"""The exchange's no."""


class RequestRefused(Exception):
    """A code of Bitget's and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message = code, message

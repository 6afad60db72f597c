"""The real exchange: Bitget's V2 futures API over HTTPS, for classic accounts, live or demo."""

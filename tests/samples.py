"""Pieces of config.yaml that several tests have in common, to be formatted with the rest."""

TREND = """\
symbols:
  ETHUSDT: {{product_type: USDT-FUTURES, margin_coin: USDT, tickers: [ETHUSDT.P]}}
rules:
  - name: trend
    when: {{strategy: trend}}
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
"""

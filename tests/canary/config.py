"""The configuration that the canaries stand in, and what is asked of the exchange behind it."""

#   symbol → how its reversal is answered: an HTTP status and a code, noise, or no HTTP at all
ECHOES = {
    "SYM1USDT": "400 40009",
    "SYM2USDT": "400 22002",
    "SYM3USDT": "400 12345",
    "SYM4USDT": "502 40010",
    "SYM5USDT": "200 45001",
    "SYM6USDT": "429 429",
    "SYM7USDT": "noise",
    "SYM8USDT": "garbled",
    "SYM9USDT": "400 40008",
}
TARGETS = ["SYM0USDT", *ECHOES, "SYM99USDT"]
CONFIG = """
version: 1
ledger: sqlite:///{folder}/ledger.db
proxies: {{hops: 1, secret: "${{PROXY_SECRET}}"}}
operator: {{password_hash: "${{PASSWORD_HASH}}", metrics_token: "${{METRICS_TOKEN}}"}}
accounts:
  main:
    venue: demo
    position_mode: hedge
    api_key: ${{API_KEY}}
    api_secret: ${{API_SECRET}}
    api_passphrase: ${{API_PASSPHRASE}}
    base_url: "{exchange}"
senders:
  body: {{secrets: ["${{BODY_SECRET}}", "${{OLD_BODY_SECRET}}"], accept: [body]}}
  path: {{secrets: ["${{PATH_SECRET}}"], accept: [path]}}
  bearer: {{secrets: ["${{BEARER_SECRET}}"], accept: [bearer]}}
  signature: {{secrets: ["${{SIGNING_SECRET}}"]}}
  inline: {{secrets: [{inline}]}}
symbols:
{symbols}
rules:
  - name: turn
    when: {{strategy: trend}}
    symbol: "{{{{ ticker }}}}"
    target: "{{{{ market_position }}}}"
    max_age: 5s
"""

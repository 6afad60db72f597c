"""Secrets that are planted everywhere they belong, and looked for everywhere they do not."""

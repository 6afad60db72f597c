"""Decides. Pure: no clock, disk, network or logging; `now` is an argument."""

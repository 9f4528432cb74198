"""Exact forgetting: finds all that goes, writes it in one transaction, then cleans the bytes.

`following` finds it and writes nothing, `erasing` and `mending` write, `scrubbing` cleans.
"""

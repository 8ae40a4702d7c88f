"""Means to measure: what a cache would serve, right and wrong, on questions that somebody has labelled.

Works through the ports `Embedder` and `Judge` and the same functions as a search; `app` says which they are.
"""

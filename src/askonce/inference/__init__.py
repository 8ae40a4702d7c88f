"""Running models in this process: their files, their tokens, their sessions, and the threads they share.

Knows nothing of what a model is for; `embed` and `judge` do.
"""

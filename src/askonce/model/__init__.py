"""What AskOnce talks about: entries, attributes, caches, queries, keys.

Pure: no I/O, clock, randomness or numpy. Times and ids arrive as arguments.
"""

"""Image sets that are too large to ship: which there are, how they come into a cache, and how their files are read.

Reading never reaches for the network; only `fetch` does, and keeps nothing whose SHA-256 is not the pinned one. It must not know
of lessons, units or commands, and no file is ever unpickled.
"""

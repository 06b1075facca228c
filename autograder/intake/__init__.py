"""From what was handed in to submissions: folders, archives, platforms' names, notebooks, lateness, likeness.

Names and files come from strangers: this room decides what may be touched and whose it is. It runs nothing of what it finds
and knows nothing of checks but how a result is recorded.
"""

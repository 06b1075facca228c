"""The published networks of Part G, run by a student's own functions on real files, photos, sound and words.

What is given is read here, and what comes is drawn; no network is computed here.
"""

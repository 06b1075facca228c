"""Confinement, wire and client: a student's module in a process that can do nothing but answer.

What the fork server loads, every student's process holds: so this room knows no course, no check and no pytest, and its
modules stay small. Its limits and their reasons are in limits.py.
"""

"""From submissions to results: workers, diagnosis, efficiency, the store, where the work is done.

A run of a class is put together here and can go on after any interruption. It knows no format of a report and no terminal;
student code is reached through the sandbox only.
"""

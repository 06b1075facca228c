"""The sandbox: a student's code in a process of its own, with nothing to read, nothing to write and no way out."""

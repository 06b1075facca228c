"""The version, once: the package, its metadata and every result read it here."""

__version__ = "0.2.0"

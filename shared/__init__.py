"""Signpost: who is working with this child?"""

__version__ = "0.1.0"

"""The members of a session's archive or folder: their names, and how large each may be."""

import re

from core.intake.limits import GIB, MIB

DOCUMENT = "session.json"
CONTENT = "session"
SCHEMA = 4
"""The version of a session's content: increase it when an older version would read a newer session wrongly."""

DOCUMENT_BYTES = 32 * MIB
FOLDERS = ("arrays", "networks", "inputs", "tables")
ARRAY_TYPES = ("bool", "uint8", "int64", "float32", "float64")

_MEMBERS = {
    re.compile(r"session\.json"): DOCUMENT_BYTES,
    re.compile(r"arrays/[a-z0-9]{1,40}\.npy"): 1 * GIB,
    re.compile(r"networks/[a-z0-9]{1,40}\.keras"): 2 * GIB,
    re.compile(r"inputs/[a-z0-9]{1,40}\.[a-z0-9]{1,8}"): 2 * GIB,
    re.compile(r"tables/[a-z0-9-]{1,60}\.csv"): 64 * MIB,
}


def largest_bytes(name: str) -> int:
    """Return how large a member of this name may be; 0 if a session has no such member."""
    return next((size for pattern, size in _MEMBERS.items() if pattern.fullmatch(name)), 0)

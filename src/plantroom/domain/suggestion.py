"""Helps whoever mistyped a name."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

_LISTED: Final = 30
"""More known names than this are not all named."""


def suggest(name: str, known: Collection[str]) -> str:
    """Return what to try instead of the unknown `name`, to be put after a message about it."""
    names = sorted(known)
    if not names:
        return "none is known here"
    nearest = get_close_matches(name, names, n=3, cutoff=0.6)
    meant = f"did you mean {' or '.join(nearest)}? " if nearest else ""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{meant}known: {', '.join(names[:_LISTED])}{more}"

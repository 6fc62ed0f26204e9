"""Everything that is kept, in one archive, and back."""

from typing import Final

ASIDE: Final = "backup"
"""Folder in the data directory for what a backup needs beside the originals while it is being made."""

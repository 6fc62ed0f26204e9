"""Who this pipeline is, across restarts."""

import os
from pathlib import Path
from uuid import uuid4


def identity_in(folder: Path) -> str:
    """Return what names this pipeline, made once: its session at the broker belongs to it."""
    path = folder / "id"
    known = path.read_text(encoding="ascii").strip() if path.exists() else ""
    if known:
        return known
    made = uuid4().hex
    written = path.with_suffix(".new")
    with written.open("w", encoding="ascii") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)
    return made

"""Who this pipeline is, across restarts."""

from pathlib import Path
from uuid import uuid4

from plantroom.storage.durable import replacing


def identity_in(folder: Path) -> str:
    """Return what names this pipeline, made once: its session at the broker belongs to it."""
    path = folder / "id"
    known = path.read_text(encoding="ascii").strip() if path.exists() else ""
    if known:
        return known
    made = uuid4().hex
    with replacing(path) as file:
        file.write(made.encode())
    return made

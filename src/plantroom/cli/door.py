"""Where the API of a running `plantroom up` is, said in its data directory to whoever may read there."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The URL of an API, and a token that holds while it runs."""

    url: str
    token: str


@contextmanager
def door(folder: Path, *, url: str, token: str) -> Iterator[None]:
    """Say where the API is while the block runs; only this user can read it."""
    path = folder / "api.json"
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def door_of(folder: Path) -> Door | None:
    """Return where the API of the process that owns `folder` is, None if it does not say so."""
    try:
        said = json.loads((folder / "api.json").read_text("utf-8"))
        return Door(url=said["url"], token=said["token"])
    except (OSError, ValueError, KeyError):
        return None

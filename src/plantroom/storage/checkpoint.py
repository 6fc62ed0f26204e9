"""Keep the state of the pipeline as one file of plain arrays, replaced as a whole."""

import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.storage.durable import replacing

log = logging.getLogger(__name__)

VERSION: Final = 1
_META: Final = "meta"

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A state and the journal record it was reached with."""

    sequence: int
    """Sequence of the last journal record that is folded into it."""
    arrays: Arrays
    """Plain arrays, by a name of the form `part/name`."""
    meta: Mapping[str, Any]
    """Whatever else is JSON-able."""

    def part(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of one part, by their names within it."""
        prefix = f"{name}/"
        return {
            key.removeprefix(prefix): array for key, array in self.arrays.items() if key.startswith(prefix)
        }


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file at `path`, durably; a crash leaves the old one or the new one.

    Raises:
        OSError: the disk did not take it; the old one is still there.
    """
    meta = {"version": VERSION, "sequence": checkpoint.sequence, "meta": dict(checkpoint.meta)}
    with replacing(path) as file:
        members: dict[str, Any] = {_META: np.frombuffer(json.dumps(meta).encode(), np.uint8)}
        members.update(checkpoint.arrays)
        np.savez(file, **members)


def load(path: Path) -> Checkpoint | None:
    """Return the checkpoint at `path`, or None if there is none that can be used, which is logged."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(arrays.pop(_META).tobytes())
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.warning("checkpoint not readable", extra={"file": str(path), "error": str(error)})
        return None
    if meta["version"] != VERSION:
        log.warning("checkpoint of another version", extra={"file": str(path), "version": meta["version"]})
        return None
    return Checkpoint(sequence=meta["sequence"], arrays=arrays, meta=meta["meta"])

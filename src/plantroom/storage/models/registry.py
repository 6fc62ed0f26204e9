"""The models of all assets in a folder: plain arrays and JSON, read without running any of it.

index.json              which version of each asset is at work, what people said in figures, confirmed or not
lock                    held by whoever writes
assets/P-101/3.npz      arrays of version 3, none of objects
assets/P-101/3.json     its manifest, with the SHA-256 of the arrays
assets/P-101/feedback.json    every verdict of people
"""

import fcntl
import hashlib
import io
import logging
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from plantroom.domain.errors import ModelUnusable
from plantroom.domain.feedback import Verdict
from plantroom.domain.names import check_id
from plantroom.storage.durable import make_folder, replacing
from plantroom.storage.models.manifest import Arrays, Kept, Manifest, Training
from plantroom.storage.models.standing import Index, Judged, Standing, standing_of

log = logging.getLogger(__name__)

KEPT_VERSIONS: Final = 10
"""So many versions of an asset are kept besides the one at work."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """What is at work."""

    models: Mapping[str, Kept]
    """By asset."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why the version at work of an asset cannot be used, by asset."""


class Registry:
    """Models in a folder, for any number of processes; the folder is made when something is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = folder / "index.json"
        """Replaced as a whole whenever what is at work changes."""

    def standings(self) -> Mapping[str, Standing]:
        """Return where the models of each asset stand.

        Raises:
            ModelUnusable: the index cannot be read, or is of a newer version of the product.
        """
        return _read(self.index, Index).assets if self.index.exists() else {}

    def active(self) -> Active:
        """Return every model that is at work; what cannot be used is left out, and said.

        Raises:
            ModelUnusable: the index cannot be read.
        """
        models, refused = {}, {}
        for asset, standing in self.standings().items():
            if standing.active is None:
                continue
            try:
                models[asset] = self.kept(asset, standing.active, confirmed=standing.confirmed)
            except ModelUnusable as error:
                refused[asset] = str(error)
        return Active(models=models, refused=refused)

    def kept(self, asset: str, version: int, *, confirmed: bool = False) -> Kept:
        """Return a model.

        Raises:
            ModelUnusable: there is none, it is not what was written, or of a format that is not known.
        """
        manifest = self.manifest(asset, version)
        path = self._path(asset, version, "npz")
        try:
            written = path.read_bytes()
        except OSError as error:
            raise ModelUnusable(f"{path}: {error.strerror}") from error
        if hashlib.sha256(written).hexdigest() != manifest.sha256:
            raise ModelUnusable(f"{path}: its checksum is not that of its manifest: train it again")
        return Kept(
            version=version, document=manifest.document, arrays=_arrays(written, path), confirmed=confirmed
        )

    def manifest(self, asset: str, version: int) -> Manifest:
        """Return what is known of a model.

        Raises:
            ModelUnusable: there is none, or of a format that is not known.
        """
        return _read(self._path(asset, version, "json"), Manifest)

    def manifests(self, asset: str) -> tuple[Manifest, ...]:
        """Return what is known of all versions of an asset, the oldest first; unreadable ones are logged."""
        found = []
        for version in self._versions(asset):
            try:
                found.append(self.manifest(asset, version))
            except ModelUnusable as error:
                log.warning("model unusable", extra={"asset": asset, "version": version, "error": str(error)})
        return tuple(found)

    def add(
        self, training: Training, document: Mapping[str, Any], arrays: Arrays, *, activate: bool
    ) -> Manifest:
        """Keep a model as the next version of its asset, and put it to work or not."""
        asset = training.asset
        with self._writing():
            make_folder(self._folder(asset))
            version = max(self._numbers(asset), default=0) + 1
            document = {**document, "version": version}
            packed = _packed(arrays)
            with replacing(self._path(asset, version, "npz")) as file:
                file.write(packed)
            manifest = Manifest(
                version=version,
                sha256=hashlib.sha256(packed).hexdigest(),
                training=training,
                document=document,
            )
            _write(self._path(asset, version, "json"), manifest)
            if activate:
                self._stand(asset, version)
            self._forget(asset)
        return manifest

    def activate(self, asset: str, version: int) -> None:
        """Put a version to work.

        Raises:
            ModelUnusable: it cannot be used.
        """
        with self._writing():
            self.kept(asset, version)
            self._stand(asset, version)

    def retire(self, asset: str) -> None:
        """Leave an asset without a model at work; its versions stay."""
        with self._writing():
            self._stand(asset, None)

    def record_feedback(
        self,
        asset: str,
        *,
        verdict: Verdict,
        alarm: str,
        at: int,
        until: int | None = None,
        cause: str = "",
    ) -> Standing:
        """Keep what people say of an alarm that a model raised; what was said of it before is replaced."""
        with self._writing():
            standing = self.standings().get(asset, Standing())
            said = Judged(
                alarm=alarm,
                verdict=verdict,
                cause=cause,
                at=at,
                until=until,
                version=standing.active or 0,
            )
            others = tuple(each for each in self.feedback(asset) if each.alarm != alarm)
            make_folder(self._folder(asset))
            _write(self._folder(asset) / "feedback.json", (*others, said))
            return self._stand(asset, standing.active)

    def feedback(self, asset: str) -> tuple[Judged, ...]:
        """Return all verdicts on an asset's models, in the order they were given.

        Raises:
            ModelUnusable: they cannot be read.
        """
        path = self._folder(asset) / "feedback.json"
        return _read(path, tuple[Judged, ...]) if path.exists() else ()

    def record_drift(self, asset: str, said: Mapping[str, Any]) -> None:
        """Keep how the asset lately stands to what its models learnt."""
        with self._writing():
            make_folder(self._folder(asset))
            _write(self._folder(asset) / "drift.json", said)

    def drift(self, asset: str) -> Mapping[str, Any] | None:
        """Return what was last recorded; None: nothing was.

        Raises:
            ModelUnusable: it cannot be read.
        """
        path = self._folder(asset) / "drift.json"
        return _read(path, dict[str, Any]) if path.exists() else None

    def _stand(self, asset: str, version: int | None) -> Standing:
        standings = dict(self.standings())
        standings[asset] = standing_of(version, self.feedback(asset))
        _write(self.index, Index(assets=standings))
        return standings[asset]

    def _forget(self, asset: str) -> None:
        """Remove versions that are old, but for the one at work."""
        active = self.standings().get(asset, Standing()).active
        old = [version for version in sorted(self._numbers(asset)) if version != active]
        for version in old[:-KEPT_VERSIONS]:
            for suffix in ("json", "npz"):
                self._path(asset, version, suffix).unlink(missing_ok=True)

    def _versions(self, asset: str) -> list[int]:
        return sorted(int(path.stem) for path in self._folder(asset).glob("*.json") if path.stem.isdecimal())

    def _numbers(self, asset: str) -> set[int]:
        """Return every number that files have, those of a crash among them."""
        return {int(path.stem) for path in self._folder(asset).glob("*.*") if path.stem.isdecimal()}

    def _folder(self, asset: str) -> Path:
        return self.folder / "assets" / check_id(asset, what="asset")

    def _path(self, asset: str, version: int, suffix: str) -> Path:
        return self._folder(asset) / f"{version}.{suffix}"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only one who writes, in any process or thread."""
        make_folder(self.folder)
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _packed(arrays: Arrays) -> bytes:
    """Return arrays as an NPZ file, the same for the same arrays."""
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"array {name} holds objects")
    memory = io.BytesIO()
    np.savez(memory, **{name: arrays[name] for name in sorted(arrays)})  # type: ignore[arg-type]
    return memory.getvalue()


def _arrays(written: bytes, path: Path) -> Arrays:
    try:
        with np.load(io.BytesIO(written), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelUnusable(f"{path}: {error}") from error


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise ModelUnusable(f"{path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise ModelUnusable(f"{path}: {error}") from error


def _write(path: Path, said: object) -> None:
    with replacing(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(said, order="deterministic"), indent=1))

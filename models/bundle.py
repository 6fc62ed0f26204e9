"""All models of one asset, as they are trained, kept, switched and scored together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf, isfinite
from typing import Any

import numpy.typing as npt

from plantroom.domain.model import Gate
from plantroom.models.detector import Detector
from plantroom.models.kinds import detector_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One model of an asset and from where on what it says is abnormal."""

    id: str
    """As in its `DetectorPlan`."""
    detector: Detector
    limit: float
    """Raw score that counts as 1; infinite: it raises nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The models of an asset, of one version."""

    asset: str
    version: int
    gates: tuple[Gate, ...]
    settle: timedelta
    models: tuple[Fitted, ...]
    confirmed: bool = False
    """Whether people have confirmed enough of what they found to raise it above a warning."""
    units: Mapping[str, str] = field(default_factory=dict)
    """In which unit each point was when they learnt: in another they say nothing."""


def to_kept(bundle: Bundle) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return a bundle as a JSON-able document and plain arrays, by `model id/array name`."""
    document = {
        "asset": bundle.asset,
        "version": bundle.version,
        "gates": [_written(gate) for gate in bundle.gates],
        "settle_s": bundle.settle.total_seconds(),
        "units": dict(bundle.units),
        "models": [
            {"id": each.id, "kind": each.detector.kind, "limit": each.limit if isfinite(each.limit) else None}
            for each in bundle.models
        ],
    }
    arrays = {
        f"{fitted.id}/{name}": array
        for fitted in bundle.models
        for name, array in fitted.detector.to_arrays().items()
    }
    return document, arrays


def from_kept(
    document: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], *, confirmed: bool = False
) -> Bundle:
    """Return what `to_kept` gave.

    Raises:
        ValueError: it is none, or of kinds that this version does not know.
    """
    try:
        models = tuple(
            Fitted(id=each["id"], detector=_detector(each, arrays), limit=_limit(each))
            for each in document["models"]
        )
        return Bundle(
            asset=document["asset"],
            version=int(document["version"]),
            gates=tuple(Gate(**gate) for gate in document["gates"]),
            settle=timedelta(seconds=document["settle_s"]),
            models=models,
            confirmed=confirmed,
            units=dict(document.get("units", {})),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no models in it: {error!r}") from error


def _written(gate: Gate) -> dict[str, Any]:
    """Return a gate without the ends that it does not have, which JSON cannot say."""
    ends = {"low": gate.low, "high": gate.high}
    return {"point": gate.point} | {name: end for name, end in ends.items() if isfinite(end)}


def _limit(each: Mapping[str, Any]) -> float:
    return inf if each["limit"] is None else float(each["limit"])


def _detector(each: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Detector:
    prefix = f"{each['id']}/"
    own = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    return detector_of(each["kind"], own)

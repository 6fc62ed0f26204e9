"""A class's plan as it is for one machine."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from json import dumps
from typing import Final

from plantroom.domain.model import ModelPlan
from plantroom.domain.text import Text
from plantroom.models.guardrails import Zone

_RATED: Final = "rated."
_ZONE_C: Final = "zone C"
_ZONE_D: Final = "zone D"


def fingerprint(plan: ModelPlan) -> str:
    """Name what a plan asks for: a changed plan has another."""
    said = asdict(plan) | {"settle": plan.settle.total_seconds()}
    return sha256(dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def plan_for(
    plan: ModelPlan, rated: Mapping[str, float], zone: Zone | None
) -> tuple[ModelPlan, tuple[Text, ...]]:
    """Return the plan with the machine's own figures for `rated.x`, `zone C` and `zone D`.

    What a model asks for and the machine does not say leaves that model out, which is noted.
    """
    known: dict[str, float] = {f"{_RATED}{name}": value for name, value in rated.items()}
    if zone is not None:
        known |= {_ZONE_C: zone.limit, _ZONE_D: zone.danger}
    kept, notes = [], []
    for detector in plan.detectors:
        asked = {value for value in detector.settings.values() if _is_of_machine(value)}
        unknown = ", ".join(sorted(str(value) for value in asked - known.keys()))
        if unknown:
            notes.append(
                Text(
                    en=f"{detector.id} left out: {unknown} of this machine is not known",
                    zh=f"略去{detector.id}：未知该设备的{unknown}",
                )
            )
            continue
        settings = {name: known.get(str(value), value) for name, value in detector.settings.items()}
        kept.append(replace(detector, settings=settings))
    return replace(plan, detectors=tuple(kept)), tuple(notes)


def _is_of_machine(value: float | str) -> bool:
    return isinstance(value, str) and (value.startswith(_RATED) or value in (_ZONE_C, _ZONE_D))

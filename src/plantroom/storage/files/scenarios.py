"""Scenario files: what happens to a simulated site, when, and what there is to see of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from plantroom.domain.names import check_id
from plantroom.domain.scenario import PlannedFault, Scenario
from plantroom.domain.text import Text
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields, open_mapping
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.source import SUFFIXES

_USUAL_LENGTH: Final = timedelta(days=1)


def scenario_names(folder: Traversable) -> tuple[str, ...]:
    """Return the names of the scenarios in `folder`: those of the files, without suffix."""
    names = (Path(each.name) for each in folder.iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix in SUFFIXES))


def load_scenario(path: Path | Traversable) -> Scenario:
    """Return the scenario in the file at `path`.

    Raises:
        FilesInvalid: the file has mistakes; each is named with its line.
    """
    problems = Problems()
    scenario = _read_scenario(path, problems)
    problems.raise_any()
    assert scenario is not None  # what cannot be read is a problem
    return scenario


def _read_scenario(path: Path | Traversable, problems: Problems) -> Scenario | None:
    fields = open_mapping(path, problems, expected="a scenario, a mapping")
    if fields is None:
        return None
    name = Path(path.name).stem
    scenario = Scenario(
        name=name,
        title=fields.texts("title", Text(en=name)),
        expect=fields.texts("expect", Text()),
        start=fields.optional("start", local_time, None),
        duration=fields.optional("duration", values.interval, _USUAL_LENGTH),
        chart=tuple(point for _, point in fields.listed("chart", _charted)),
        faults=tuple(_read_faults(fields)),
    )
    fields.finish()
    return scenario


def _read_faults(scenario: Fields) -> Iterator[PlannedFault]:
    of_all = scenario.texts("only_models", Text())
    for fields in scenario.items("faults"):
        fault = fields.required("fault", values.point_name)
        asset = fields.optional("asset", values.identifier("asset"), "")
        asset_class = fields.optional("class", values.point_name, "")
        planned = PlannedFault(
            fault=fault or "",
            asset=asset or None,
            asset_class=asset_class or None,
            point=fields.optional("point", values.point_name, "") or None,
            at=fields.optional("at", values.duration, timedelta(0)),
            ramp=fields.optional("ramp", values.duration, timedelta(0)),
            severity=fields.optional("severity", _severity, 1.0),
            lasts=fields.optional("for", values.interval, timedelta(0)) or None,
            only_models=fields.texts("only_models", of_all),
        )
        if not asset and not asset_class:
            fields.note("expected asset or class: what the fault happens to")
        fields.finish()
        yield planned


def _severity(written: str) -> float:
    value = values.number(written)
    if not 0 <= value <= 1:
        raise ValueError(f"expected 0 to 1, got {written}")
    return value


def local_time(written: str) -> datetime:
    """Return a time of the site, without a zone."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise ValueError(f"expected a time of the site such as 2026-07-15T06:00:00, got {written!r}")
    return moment


def _charted(written: str) -> str:
    asset, dot, point = written.rpartition(".")
    if dot:
        check_id(asset, what="asset")
    values.point_name(point)
    return written

"""Trains the models of many assets side by side and keeps them."""

import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Any, Final

import click

from plantroom import __version__
from plantroom.cli.models_tasks import LOOK_BACK, Gathering, Wanted
from plantroom.cli.models_worker import Outcome, Task, learn
from plantroom.domain.site import Asset
from plantroom.domain.text import Text
from plantroom.models.own_plan import fingerprint
from plantroom.storage.models.manifest import Manifest, Training
from plantroom.storage.models.registry import Registry

log = logging.getLogger(__name__)

_LIBRARIES: Final = ("numpy", "scipy", "scikit-learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How many assets are trained at a time, and by what."""

    jobs: int
    backend: str | None = None
    """One that joblib knows, such as of a cluster; None: processes of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one asset."""

    asset: str
    status: str
    """`trained`, `kept` (but not put to work), `refused` or `failed`."""
    manifest: Manifest | None = None
    reasons: tuple[Text, ...] = ()


def train_all(
    assets: Sequence[Asset],
    gathering: Gathering,
    wanted: Wanted,
    side: Side,
    *,
    activate: bool,
    show: Callable[[int], None],
) -> list[Result]:
    """Train `assets`, keep what came of it, and return it by asset.

    What cannot be trained from the usual time is tried again from a longer one, unless a time was given.
    """
    by_id = {asset.id: asset for asset in assets}
    results: dict[str, Result] = {}
    keeping = Keeping(gathering, activate=activate)
    for outcome in _learnt(gathering.tasks(assets, wanted), side):
        results[outcome.asset] = keeping.keep(by_id[outcome.asset], outcome)
        show(len(results))
    again = [by_id[each.asset] for each in results.values() if each.status == "refused"]
    if again and wanted.looks_back:
        longer = replace(wanted, days=LOOK_BACK)
        for outcome in _learnt(gathering.tasks(sorted(again, key=lambda each: each.id), longer), side):
            results[outcome.asset] = keeping.keep(by_id[outcome.asset], outcome)
    return sorted(results.values(), key=lambda each: each.asset)


def _learnt(tasks: Iterable[Task], side: Side) -> Iterator[Outcome]:
    """Yield what comes of the tasks as it comes; a few tasks more than run are in memory."""
    import joblib

    try:
        with joblib.parallel_config(backend=side.backend or "loky", n_jobs=side.jobs):
            # Rows go through pipes: files of them in memory would outlive a killed process.
            run = joblib.Parallel(return_as="generator_unordered", pre_dispatch="2*n_jobs", max_nbytes=None)
            yield from run(joblib.delayed(_learn)(task, os.getpid()) for task in tasks)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--backend") from error


def _learn(task: Task, leader: int) -> Outcome:
    """Learn in a process that ends with its `leader`, which may be killed, if it is its child."""
    if os.getppid() == leader:
        _end_with(leader)
    return learn(task)


@cache
def _end_with(leader: int) -> None:
    def watch() -> None:
        while os.getppid() == leader:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Keeping:
    """Keeps what was learnt in the registry."""

    def __init__(self, gathering: Gathering, *, activate: bool) -> None:
        self._registry: Registry = gathering.registry
        self._now = gathering.now
        self._known = gathering.trouble.is_known
        self._activate = activate
        self._libraries = {"plantroom": __version__, "python": platform.python_version()}
        self._libraries |= {name: version(name) for name in _LIBRARIES}

    def keep(self, asset: Asset, outcome: Outcome) -> Result:
        """Keep a model if there is one; a worse one than that at work is not put to work."""
        if outcome.failed:
            log.error("training failed", extra={"asset": asset.id, "traceback": outcome.failed})
            why = Text(en=outcome.failed.strip().splitlines()[-1])
            return Result(asset=asset.id, status="failed", reasons=(why,))
        if outcome.refused is not None or outcome.kept is None:
            return Result(asset=asset.id, status="refused", reasons=tuple(filter(None, (outcome.refused,))))
        assert asset.models is not None
        document, arrays = outcome.kept
        reasons = (*outcome.worse, *outcome.notes, *(() if self._known else (_UNKNOWN,)))
        active = self._activate or not outcome.worse
        manifest = self._registry.add(
            Training(
                asset=asset.id,
                asset_class=asset.asset_class,
                plan=fingerprint(asset.models),
                start=outcome.start,
                end=outcome.end,
                rows=outcome.rows,
                trained_at=self._now,
                metrics=outcome.metrics,
                limits={each["id"]: each["limit"] for each in document["models"]},
                reasons=reasons,
                drift=self._registry.drift(asset.id),
                libraries=self._libraries,
            ),
            document,
            arrays,
            activate=active,
        )
        return Result(
            asset=asset.id, status="trained" if active else "kept", manifest=manifest, reasons=reasons
        )


_UNKNOWN: Final = Text(
    en="alarms and work orders could not be asked: only readings were judged",
    zh="无法查询报警和工单：仅依据读数判断",
)


def document_of(result: Result) -> dict[str, Any]:
    """Return a result as JSON has it."""
    manifest = result.manifest
    document: dict[str, Any] = {
        "asset": result.asset,
        "status": result.status,
        "reasons": [{"en": each.en, "zh": each.in_language("zh")} for each in result.reasons],
    }
    if manifest is not None:
        document |= {"version": manifest.version, **said_of(manifest)}
    return document


def said_of(manifest: Manifest) -> Mapping[str, Any]:
    """Return what a manifest says, in the words of the command line's documents."""
    from plantroom.domain.report import to_rfc3339

    training = manifest.training
    return {
        "class": training.asset_class,
        "from": to_rfc3339(training.start),
        "to": to_rfc3339(training.end),
        "trained_at": to_rfc3339(training.trained_at),
        "minutes": training.rows,
        "metrics": training.metrics,
        "limits": training.limits,
        "libraries": training.libraries,
        "sha256": manifest.sha256,
    }

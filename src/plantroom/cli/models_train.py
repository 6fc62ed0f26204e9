"""`plantroom models train`: models learn from what machines did when they were well."""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from plantroom.cli import logs
from plantroom.cli.history_report import bar
from plantroom.cli.models_places import chosen, places
from plantroom.cli.rules_history import ms_of
from plantroom.cli.spans import Span, Start
from plantroom.cli.wiring import models_folder
from plantroom.domain.errors import PlantroomError
from plantroom.domain.installation import Installation
from plantroom.domain.site import Asset
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files import load_installation
from plantroom.storage.models.registry import Registry

if TYPE_CHECKING:
    from plantroom.cli.models_tasks import Wanted

LEAST: Final = timedelta(days=3)
FALSE_ALARMS: Final = 0.01
_LOOK_EVERY: Final = 60.0
"""Seconds between looks at whether anything is due."""
_WATCH_EVERY: Final = 86_400.0
"""Seconds between looks at whether models still know what their machines do."""
_STATUSES: Final = ("trained", "kept", "refused", "failed")
_STOPPED: Final = 128 + signal.SIGTERM

log = logging.getLogger(__name__)


@click.command()
@places
@click.option("--class", "classes", metavar="CLASS", multiple=True, help="Only this class; several times.")
@click.option(
    "--days",
    type=click.IntRange(1),
    help="Learn from so many days before the newest reading. Default: 30, and 90 where that is too little.",
)
@click.option("--from", "since", type=Start(), help="Learn from then on, instead of --days.")
@click.option("--to", "until", type=Start(), help="Learn until then. Default: the newest reading.")
@click.option(
    "--least",
    type=Span(),
    default=LEAST,
    show_default="3d",
    help="Refuse with less healthy running time than this.",
)
@click.option(
    "--false-alarms",
    type=click.FloatRange(0, 100, min_open=True),
    default=FALSE_ALARMS,
    show_default=True,
    metavar="N",
    help="So many false alarms of an asset in a month set its limits.",
)
@click.option("--relearn", is_flag=True, help="Learn even what the models at work call abnormal.")
@click.option("--activate", is_flag=True, help="Put to work even models that are worse than those at work.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of processors",
    help="How many assets at a time.",
)
@click.option("--backend", metavar="NAME", help="What joblib runs them by, such as dask. Default: processes.")
@click.option(
    "--every",
    type=Span(),
    help="Go on running, and train what is this old again, such as 7d; stopped by SIGTERM.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def train(**given: Any) -> None:
    """Train the models of the sites' assets, and put them to work.

    It learns from the minutes in which a machine ran and neither a rule, a model nor a person called it
    abnormal, and refuses, with the reason, where too little of that is left. Models that are worse on the
    recent past than those at work are kept but wait for `models rollback` or --activate. The exit status is 1
    if the training of any failed.
    """
    installation = load_installation(sites=given["sites"] or (SITE_FILE,), rules=given["rules"])
    assets = chosen(installation, assets=given["assets"], classes=given["classes"])
    if given["every"] is not None:
        logs.set_up("info")
        with _ended_by_signal(0):
            _again_and_again(installation, assets, given)
    with _ended_by_signal(_STOPPED):
        results = _once(installation, assets, given)
    _show(results, as_json=given["as_json"])
    sys.exit(1 if any(each["status"] == "failed" for each in results) else 0)


def _once(installation: Installation, assets: Sequence[Asset], given: dict[str, Any]) -> list[dict[str, Any]]:
    """Train `assets` and return what came of each."""
    from plantroom.cli.models_gathering import gathering_of
    from plantroom.cli.models_training import Side, document_of, train_all

    wanted = _wanted(installation, given)
    side = Side(jobs=given["jobs"], backend=given["backend"])
    with (
        gathering_of(installation, given, since=wanted.start) as gathering,
        bar("training", len(assets)) as show,
    ):
        results = train_all(assets, gathering, wanted, side, activate=given["activate"], show=show)
    return [document_of(each) for each in results]


def _wanted(installation: Installation, given: dict[str, Any]) -> "Wanted":
    from plantroom.cli.models_tasks import USUAL, Wanted

    zone = installation.table.sites[0].timezone
    days, since, until = given["days"], given["since"], given["until"]
    if days is not None and since is not None:
        raise click.UsageError("give --days or --from, not both")
    wanted = Wanted(
        start=None if since is None else ms_of(since, zone),
        end=None if until is None else ms_of(until, zone),
        days=USUAL if days is None else timedelta(days=days),
        looks_back=days is None and since is None,
        least=given["least"],
        per_month=given["false_alarms"],
        relearn=given["relearn"],
    )
    if wanted.start is not None and wanted.end is not None and wanted.start >= wanted.end:
        raise click.BadParameter("must be before --to", param_hint="--from")
    return wanted


def _again_and_again(installation: Installation, assets: Sequence[Asset], given: dict[str, Any]) -> None:
    """Train whatever is due or asks for it, until the process is stopped."""
    registry, age = _registry(given), given["every"].total_seconds()
    tried: dict[str, float] = {}
    watched = time.time()
    while True:
        now = time.time()
        due = {asset.id for asset in assets if now >= _last(registry, asset, tried) + age}
        try:
            if now >= watched + _WATCH_EVERY:
                due |= _asking(installation, given)
                watched = now
            if due:
                _tell(_once(installation, [asset for asset in assets if asset.id in due], given))
                tried |= dict.fromkeys(due, now)
        except (PlantroomError, click.ClickException) as error:
            log.warning("training put off", extra={"reason": str(error)})
        time.sleep(min(_LOOK_EVERY, age))


def _asking(installation: Installation, given: dict[str, Any]) -> set[str]:
    """Return the assets whose models no longer know where they work; what else has changed is logged."""
    from plantroom.cli.models_drift import held_against

    asking = set()
    for each in held_against(installation, chosen(installation, assets=given["assets"]), given):
        log.info(
            "drift", extra={"asset": each["asset"], "state": each["state"], "reason": each["reason"]["en"]}
        )
        if each["retrain"]:
            asking.add(each["asset"])
    return asking


def _registry(given: dict[str, Any]) -> Registry:
    return Registry(models_folder(given["models"], given["data"]))


def _last(registry: Registry, asset: Asset, tried: dict[str, float]) -> float:
    """Return when the models of an asset were last trained or tried, s since the epoch."""
    manifests = registry.manifests(asset.id)
    trained = manifests[-1].training.trained_at / 1000 if manifests else 0.0
    return max(trained, tried.get(asset.id, 0.0))


def _tell(results: Sequence[dict[str, Any]]) -> None:
    for each in results:
        reasons = "; ".join(reason["en"] for reason in each["reasons"])
        said = {"asset": each["asset"], "status": each["status"], "version": each.get("version")}
        log.info("models trained", extra={**said, "reasons": reasons})


@contextmanager
def _ended_by_signal(status: int) -> Iterator[None]:
    """End the process, its workers and all, when it is told to stop."""
    told = False

    def end(_number: int, _frame: object) -> None:
        nonlocal told
        told = True
        sys.exit(status)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except Exception:
        # A database that was just asked makes an error of its own of the exit.
        if told:
            sys.exit(status)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(results: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    counts = {status: sum(each["status"] == status for each in results) for status in _STATUSES}
    if as_json:
        click.echo(json.dumps({**counts, "items": results}, ensure_ascii=False))
        return
    for each in results:
        version = (
            f" version {each['version']}, {each['minutes'] / 1440:.1f} days" if "version" in each else ""
        )
        click.echo(f"{each['status']:8} {each['asset']}{version}")
        for reason in each["reasons"]:
            click.echo(f"         {reason['en']}")
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items()))

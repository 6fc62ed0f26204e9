"""Tries a rule on what the time-series store holds; nothing is told to anyone and nothing is kept."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

import numpy as np

from plantroom.api.documents.override import (
    Written,
    quantity_of,
)
from plantroom.api.documents.trial import (
    MOST_ALARMS,
    MOST_ASSETS,
    MOST_DAYS,
    TrialDocument,
    TrialIn,
    TriedAlarm,
    TriedSum,
)
from plantroom.api.problems import Problem, bad_value, not_found
from plantroom.api.ruling.effect import Effects
from plantroom.api.samples import DAY_MS
from plantroom.domain.errors import FilesInvalid
from plantroom.domain.installation import Installation
from plantroom.domain.override import Override, mistake_in, overridden
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.rule import Rule
from plantroom.domain.site import Site
from plantroom.rules.trial.alarms import Raised
from plantroom.rules.trial.backtest import Backtest, BacktestResult
from plantroom.rules.trial.difference import meet
from plantroom.rules.trial.needs import narrowed, needed_points
from plantroom.storage.files.rereading import rule_in
from plantroom.storage.series.duckdb_history import DuckDbHistory
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.history import History, PointByPoint
from plantroom.storage.series.port import TimeSeriesStore
from plantroom.storage.series.tiered_store import TieredStore

USUAL_DAYS: Final = 7
MOST_SECONDS: Final = 60.0
_HOUR_MS: Final = 3_600_000
_STEPS: Final = 12
"""A trial is read in at least so many pieces, between which it can be cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A rule to try, and the present one of its id."""

    rule: Rule
    site: Site
    assets: tuple[str, ...]
    start: int
    end: int
    tried: Installation
    present: Installation | None


class Trials:
    """Runs one trial at a time: it may take a core for a while."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def run(self, trial: Trial, store: TimeSeriesStore, is_cancelled: Callable[[], bool]) -> TrialDocument:
        """Return what comes of `trial`.

        Raises:
            Problem: another one is running, it takes too long, or nobody waits for it any more.
            StoreUnavailable: the store does not answer.
        """
        if not self._turn.acquire(blocking=False):
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS, "another trial is running", headers={"Retry-After": "5"}
            )
        try:
            return _run(trial, store, is_cancelled)
        finally:
            self._turn.release()


def trial_of(wanted: TrialIn, effects: Effects, *, now: int) -> Trial:
    """Return what is to be tried.

    Raises:
        Problem: there is no such rule or asset, or the rule is wrong.
    """
    present = overridden(effects.installation, effects.overrides.values())
    rule, site = _rule(wanted, effects)
    end = from_rfc3339(wanted.to) if wanted.to else now
    start = from_rfc3339(wanted.since) if wanted.since else end - USUAL_DAYS * DAY_MS
    if not start < end <= start + MOST_DAYS * DAY_MS:
        raise bad_value("from", f"must be before to, and at most {MOST_DAYS} days")
    assets = _assets(wanted, rule, site)
    is_there = any(each.id == rule.id for each in effects.installation.rules.get(site.id, ()))
    return Trial(
        rule=rule,
        site=site,
        assets=assets,
        start=start,
        end=end,
        tried=_tried(present, rule, site, assets, params=wanted.params),
        present=narrowed(present, rules=[rule.id], assets=assets) if is_there else None,
    )


def _rule(wanted: TrialIn, effects: Effects) -> tuple[Rule, Site]:
    if wanted.id is not None:
        found = effects.named(wanted.id, site=wanted.site, asset_class=_class_of(wanted, effects))
        if not found:
            raise not_found(f"rule {wanted.id}" + "".join(f" for {each}" for each in wanted.assets[:1]))
        return found[0]
    try:
        rule = rule_in(wanted.rule or "", effects.installation)
    except FilesInvalid as error:
        errors = [{"at": f"rule:{each.line}", "message": each.message} for each in error.problems]
        detail = "; ".join(str(each) for each in error.problems)
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors) from error
    for site in effects.installation.table.sites:
        if wanted.site in (None, site.id) and any(a.asset_class == rule.asset_class for a in site.assets):
            return rule, site
    raise not_found(f"asset of class {rule.asset_class}")


def _class_of(wanted: TrialIn, effects: Effects) -> str | None:
    """Return the class of the first asset asked for; None: none is."""
    table = effects.installation.table
    numbers = [table.asset_number[asset] for asset in wanted.assets[:1] if asset in table.asset_number]
    return table.assets[numbers[0]].asset_class if numbers else None


def _assets(wanted: TrialIn, rule: Rule, site: Site) -> tuple[str, ...]:
    known = [asset.id for asset in site.assets if asset.asset_class == rule.asset_class]
    for asset in wanted.assets:
        if asset not in known:
            raise not_found(f"{rule.asset_class} {asset} at site {site.id}")
    chosen = tuple(dict.fromkeys(wanted.assets or known))
    if len(chosen) > MOST_ASSETS:
        raise bad_value("assets", f"{len(chosen)} are too many: name at most {MOST_ASSETS}")
    return chosen


def _tried(
    present: Installation,
    rule: Rule,
    site: Site,
    assets: Sequence[str],
    *,
    params: dict[Written, float | Written],
) -> Installation:
    """Return `present` with `rule` alone, switched on for `assets` with other parameters."""
    alone = replace(present, rules={site.id: (rule,)})
    quantities = {name: quantity_of(name, written) for name, written in params.items()}
    asked = [
        Override(
            site=site.id, asset=asset, rule=rule.id, enabled=True, params=quantities, reason="", who="", at=0
        )
        for asset in assets
    ]
    for each in asked[:1]:
        mistake = mistake_in(each, alone)
        if mistake is not None:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, mistake)
    return narrowed(overridden(alone, asked), rules=[rule.id], assets=assets)


def _run(trial: Trial, store: TimeSeriesStore, is_cancelled: Callable[[], bool]) -> TrialDocument:
    began = time.monotonic()
    history = _history(store, trial.tried)
    trial = _within(trial, history.span())
    installations = [each for each in (trial.tried, trial.present) if each is not None]
    needed = np.unique(np.concatenate([needed_points(each) for each in installations]))
    backtests = [Backtest(each, needed, start=trial.start, end=trial.end) for each in installations]
    for begin, until in _pieces(backtests[0]):
        if is_cancelled():
            raise Problem(HTTPStatus.CONFLICT, "the trial was cancelled")
        if time.monotonic() - began > MOST_SECONDS:
            raise bad_value("from", f"takes over {MOST_SECONDS:.0f} s: try less time or fewer assets")
        batch = history.read(needed, start=begin, end=until)
        for backtest in backtests:
            backtest.take(batch, until=until)
    results = [backtest.result() for backtest in backtests]
    return _document(trial, results, seconds=time.monotonic() - began)


def _within(trial: Trial, there: tuple[int, int] | None) -> Trial:
    """Return `trial` for the part of its time of which there may be samples."""
    if there is None:
        return trial
    start, end = max(trial.start, there[0]), min(trial.end, there[1] + 1)
    if start >= end:
        raise bad_value("from", "there are no samples in that time")
    return replace(trial, start=start, end=end)


def _pieces(backtest: Backtest) -> list[tuple[int, int]]:
    pieces = []
    for begin, until in backtest.spans():
        step = max(1, -(-(until - begin) // _STEPS))
        pieces += [(at, min(at + step, until)) for at in range(begin, until, step)]
    return pieces


def _history(store: TimeSeriesStore, installation: Installation) -> History:
    raw = store.raw if isinstance(store, TieredStore) else store
    if isinstance(raw, DuckDbStore):
        return DuckDbHistory(raw, installation.table)
    return PointByPoint(store, installation.table)


def _document(trial: Trial, results: Sequence[BacktestResult], *, seconds: float) -> TrialDocument:
    tried, present = results[0], results[1] if len(results) > 1 else None
    more = _without(tried, present) if present else []
    fewer = _without(present, tried) if present else []
    return TrialDocument(
        rule=trial.rule.id,
        site=trial.site.id,
        assets=list(trial.assets),
        since=to_rfc3339(trial.start),
        to=to_rfc3339(trial.end),
        samples=tried.samples,
        seconds=round(seconds, 3),
        tried=_sum(tried),
        present=_sum(present) if present else None,
        alarms=[TriedAlarm.of(each) for each in tried.alarms[:MOST_ALARMS]],
        more=[TriedAlarm.of(each) for each in more[:MOST_ALARMS]],
        fewer=[TriedAlarm.of(each) for each in fewer[:MOST_ALARMS]],
        unknown={f"{each.asset}.{each.point}": round(each.share, 3) for each in tried.unknown},
    )


def _without(result: BacktestResult, other: BacktestResult) -> list[Raised]:
    """Return the alarms of `result` at whose time `other` has none on the same asset."""
    of_asset: dict[str, list[Raised]] = {}
    for alarm in other.alarms:
        of_asset.setdefault(alarm.asset, []).append(alarm)
    return [
        alarm
        for alarm in result.alarms
        if not any(meet(each, alarm, result.end) for each in of_asset.get(alarm.asset, ()))
    ]


def _sum(result: BacktestResult) -> TriedSum:
    active = sum((alarm.until or result.end) - alarm.at for alarm in result.alarms)
    return TriedSum(
        alarms=len(result.alarms),
        per_hour=round(len(result.alarms) / result.hours, 4),
        active_hours=round(active / _HOUR_MS, 3),
    )

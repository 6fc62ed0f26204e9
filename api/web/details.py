"""The pages about one alarm, one work order and one asset."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from plantroom.api.act import Act
from plantroom.api.alarming import people, repairs
from plantroom.api.alarming.consequences import documents_of
from plantroom.api.documents.alarm import AlarmDocument
from plantroom.api.documents.guidance import GuidanceDocument
from plantroom.api.problems import Problem
from plantroom.api.web.door import door
from plantroom.api.web.lists import SHOWN, folded, roots_of, to_judge
from plantroom.api.web.reader import Reader, ReaderOf, VisitorOf
from plantroom.api.web.render import render
from plantroom.domain.alarm import AlarmState
from plantroom.domain.feedback import is_of_model
from plantroom.domain.occurrence import Alarm
from plantroom.storage.records import alarms, history
from plantroom.storage.records.alarms import AlarmFilter

router = APIRouter(include_in_schema=False)
Told = Callable[[Reader, str], dict[str, Any]]
"""What a template is given of the thing of that id."""


@router.get("/alarms/{alarm_id}")
def show_alarm_page(request: Request, reader: VisitorOf, alarm_id: str) -> Response:
    """Show one alarm: what is behind it, what to do, and what follows from it."""
    return door(request) if reader is None else _page(reader, "alarm", alarm_id, of_alarm)


@router.get("/work-orders/{order_id}")
def show_order_page(request: Request, reader: VisitorOf, order_id: str) -> Response:
    """Show one work order with its alarms and what to check."""
    return door(request) if reader is None else _page(reader, "work_order", order_id, of_order)


@router.get("/assets/{asset_id}")
def show_asset_page(request: Request, reader: VisitorOf, asset_id: str) -> Response:
    """Show one asset with its alarms and what is set aside on it."""
    return door(request) if reader is None else _page(reader, "asset", asset_id, of_asset)


@router.get("/web/alarms/{alarm_id}")
def show_alarm(reader: ReaderOf, alarm_id: str) -> Response:
    """Show what changes on the page of an alarm."""
    return render("alarm.html", **reader.base(), **of_alarm(reader, alarm_id))


@router.get("/web/work-orders/{order_id}")
def show_order(reader: ReaderOf, order_id: str) -> Response:
    """Show what changes on the page of a work order."""
    return render("work_order.html", **reader.base(), **of_order(reader, order_id))


@router.get("/web/assets/{asset_id}")
def show_asset(reader: ReaderOf, asset_id: str) -> Response:
    """Show what changes on the page of an asset."""
    return render("asset.html", **reader.base(), **of_asset(reader, asset_id))


def of_alarm(reader: Reader, alarm_id: str) -> dict[str, Any]:
    """Return what is told of an alarm.

    Raises:
        Problem: there is none.
    """
    with reader.services.records.read() as connection:
        act = _act(reader, connection)
        alarm = people.detail(act, people.find(act, alarm_id))
        found = alarms.page(connection, AlarmFilter(roots=[alarm_id]), now=act.now, limit=SHOWN)
        return {
            "asset_id": alarm.asset,
            "point": alarm.point,
            "models_path": _models_path(reader, alarm),
            "alarm": alarm,
            "guidance": [(alarm, alarm.guidance)] if alarm.guidance else [],
            "consequences": documents_of(connection, [each for _, each in found], now=act.now),
            "whole": alarm_id,
            **_around(reader, act, [alarm]),
        }


def of_order(reader: Reader, order_id: str) -> dict[str, Any]:
    """Return what is told of a work order.

    Raises:
        Problem: there is none.
    """
    with reader.services.records.read() as connection:
        act = _act(reader, connection)
        recorded = repairs.find(act, order_id)
        order = repairs.detail(act, recorded)
        joined = [alarms.find(connection, each) for each in order.alarms[:SHOWN]]
        found = [alarm for alarm in joined if alarm is not None]
        return {
            "asset_id": order.asset,
            "point": found[0].point if found else "",
            "models_path": "",
            "order": order,
            "to_judge": to_judge(connection, [recorded]),
            "joined": documents_of(connection, found, now=act.now),
            "guidance": _guidance(reader, connection, found, now=act.now),
            "consequences": [],
        }


def of_asset(reader: Reader, asset_id: str) -> dict[str, Any]:
    """Return what is told of an asset.

    Raises:
        Problem: there is none.
    """
    table = reader.services.installation.table
    if asset_id not in table.asset_number:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no asset {asset_id}")
    with reader.services.records.read() as connection:
        act = _act(reader, connection)
        found = documents_of(connection, alarms.open_of_asset(connection, asset_id)[:SHOWN], now=act.now)
        around = _around(reader, act, found)
    return {
        "asset_id": asset_id,
        "point": "",
        "models_path": f"/web/assets/{asset_id}/models" if _has_models(reader, asset_id) else "",
        "alarms": [alarm for alarm in found if not _folds(alarm)],
        "consequences": [alarm for alarm in found if _folds(alarm)],
        "whole": "",
        "guidance": [],
        **around,
        **reader.set_asides(asset=asset_id),
    }


def _has_models(reader: Reader, asset: str) -> bool:
    table = reader.services.installation.table
    return asset in table.asset_number and table.assets[table.asset_number[asset]].models is not None


def _models_path(reader: Reader, alarm: AlarmDocument) -> str:
    """Return where it is told what models found when they raised `alarm`; "": they did not."""
    if not is_of_model(alarm.rule) or not _has_models(reader, alarm.asset):
        return ""
    at = "" if alarm.active or alarm.cleared_at is None else f"?at={alarm.cleared_at}"
    return f"/web/assets/{alarm.asset}/models{at}"


def _folds(alarm: AlarmDocument) -> bool:
    return alarm.state is AlarmState.SUPPRESSED and alarm.set_aside is None


def _act(reader: Reader, connection: Any) -> Act:
    return Act(
        connection=connection,
        who=reader.identity.name,
        now=reader.services.clock(),
        installation=reader.services.rules.installation,
    )


def _around(reader: Reader, act: Act, listed: Sequence[AlarmDocument]) -> dict[str, Any]:
    """Return what rows of alarms are given beside."""
    return {
        "notes": history.last_notes(act.connection, [alarm.id for alarm in listed]),
        "known_assets": reader.services.installation.table.asset_number,
        "folded": folded(act.connection, listed, now=act.now),
        "roots": roots_of(act.connection, listed, now=act.now),
    }


def _guidance(
    reader: Reader, connection: Any, found: Sequence[Alarm], *, now: int
) -> list[tuple[AlarmDocument, GuidanceDocument]]:
    """Return what the rules of the alarms say that are no consequences of others, each rule once."""
    own = {alarm.rule: alarm for alarm in reversed(found) if alarm.suppression.root is None}
    told = [(alarm, reader.services.rule_of(alarm.site, alarm.rule)) for alarm in own.values()]
    return [
        (documents_of(connection, [alarm], now=now)[0], GuidanceDocument.of(rule))
        for alarm, rule in reversed(told)
        if rule is not None
    ]


def _page(reader: Reader, kind: str, thing: str, told: Told) -> Response:
    try:
        found = told(reader, thing)
    except Problem as problem:
        return render("missing.html", problem.status, **reader.shell(), detail=problem.detail)
    readings = reader.readings(asset=found["asset_id"])
    part = f"{kind.replace('_', '-')}s/{thing}"
    return render("detail.html", kind=kind, part=part, **reader.shell(), **readings, **found)

"""Mappings in site files: foreign topics and payloads to points of assets."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from string import Formatter
from typing import Final
from zoneinfo import ZoneInfo

from plantroom.domain.mapping import ASSET, POINT, PayloadForm, PayloadMapping, TimeField, TimeForm
from plantroom.domain.site import Asset
from plantroom.domain.suggestion import suggest
from plantroom.domain.topic_pattern import TopicPattern
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields
from plantroom.storage.files.mapped_points import Source, read_mapped_points
from plantroom.storage.files.problems import Place

_CLOCKS: Final = {"device": False, "arrival": True}
_UNKNOWN_ASSETS: Final = {"report": False, "ignore": True}
_MISSING_TIMES: Final = {"mistake": False, "arrival": True}
_CAPTURE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LONGEST_NAME: Final = 100
_SOME_TIME: Final = datetime(2025, 11, 21, 18, 33, 20, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Whose values a mapping reads."""

    template: str = f"{{{ASSET}}}"
    names: Mapping[str, str] = field(default_factory=dict)
    assets: tuple[Asset, ...] = ()
    """Those it can be."""
    is_fixed: bool = False


def read_mappings(
    site: Fields, assets: Sequence[Asset], timezone: ZoneInfo
) -> Iterator[tuple[Place, PayloadMapping]]:
    """Yield the mappings of a site with these assets, and where each stands."""
    known = {asset.id: asset for asset in assets}
    for fields in site.items("mappings"):
        mapping = _read_mapping(fields, known, timezone)
        fields.finish()
        if mapping is not None:
            yield fields.place_of("name"), mapping


def _read_mapping(fields: Fields, known: Mapping[str, Asset], timezone: ZoneInfo) -> PayloadMapping | None:
    topic = fields.required("topic", TopicPattern.parse)
    form = fields.optional("payload", values.choice(PayloadForm), PayloadForm.JSON)
    keyed_by = fields.optional("keyed_by", _capture, "")
    captures = _captures(fields, topic, keyed_by)
    target = _read_target(fields, known, captures)
    points = read_mapped_points(
        fields,
        Source(
            names_points=POINT in captures,
            is_text=form is PayloadForm.TEXT,
            assets=target.assets,
            is_fixed=target.is_fixed,
        ),
    )
    name = fields.optional("name", _name, topic.text[:_LONGEST_NAME] if topic else "")
    when = fields.optional("when", values.json_path, "")
    each = fields.optional("each", values.json_path, "")
    skips = fields.optional("unknown_assets", _one_of(_UNKNOWN_ASSETS), default=False)
    time = _read_time(fields, timezone)
    by_arrival = fields.optional("clock", _one_of(_CLOCKS), default=False)
    if form is PayloadForm.TEXT:
        _refuse_for_text(fields)
    if topic is None:
        return None
    return PayloadMapping(
        name=name,
        topic=topic,
        form=form,
        keyed_by=keyed_by,
        when=when,
        each=each,
        asset=target.template,
        assets=target.names,
        skips_unknown_assets=skips,
        time=time,
        by_arrival=by_arrival,
        points=points,
    )


def _captures(fields: Fields, topic: TopicPattern | None, keyed_by: str) -> Collection[str]:
    named = topic.captures if topic is not None else (ASSET, POINT)
    if keyed_by and topic is not None and keyed_by in named:
        fields.problem("keyed_by", f"keyed_by: the topic captures {keyed_by} already")
    return {*named, keyed_by} - {""}


def _read_target(fields: Fields, known: Mapping[str, Asset], captures: Collection[str]) -> _Target:
    template = fields.optional("asset", values.text, f"{{{ASSET}}}")
    names = fields.pairs("assets", values.text)
    for name, asset in names.items():
        if asset not in known:
            fields.problem("assets", f"assets: {name}: unknown asset {asset!r}; {suggest(asset, known)}")
    used = _used(template)
    if used is None:
        fields.problem("asset", f"asset: expected an id or captures in braces, got {template!r}")
        return _Target(names=names, assets=tuple(known.values()))
    if used:
        _check_captures(fields, used, captures)
        return _Target(template=template, names=names, assets=tuple(known.values()))
    if names:
        fields.problem("assets", "assets: names go with captures, and asset has none")
    if template not in known:
        fields.problem("asset", f"asset: unknown asset {template!r}; {suggest(template, known)}")
        return _Target(template=template, assets=tuple(known.values()))
    return _Target(template=template, assets=(known[template],), is_fixed=True)


def _used(template: str) -> Sequence[str] | None:
    """Return the captures that a template names, None if it cannot be read."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return None
    if any(name is not None and (spec or conversion) for _, name, spec, conversion in parts):
        return None
    return [name for _, name, _, _ in parts if name is not None]


def _check_captures(fields: Fields, used: Sequence[str], captures: Collection[str]) -> None:
    missing = [name for name in used if name not in captures]
    if not missing:
        return
    if "asset" not in fields:
        fields.problem("asset", "asset is missing: give its id, or capture it in the topic as {asset}")
        return
    for name in missing:
        fields.problem("asset", f"asset: the topic captures no {name!r}; {suggest(name, captures)}")


def _read_time(fields: Fields, timezone: ZoneInfo) -> TimeField | None:
    time = fields.mapping("time", shorthand="path")
    if time is None:
        return None
    path = time.required("path", values.json_path)
    form, pattern = time.optional("format", _time_format, (TimeForm.AUTO, ""))
    zone = time.optional("timezone", values.timezone, timezone)
    if "timezone" in time and (not pattern or "%z" in pattern):
        time.problem("timezone", "timezone goes with a format such as %Y-%m-%d %H:%M:%S, without %z")
    missing = time.optional("missing", _one_of(_MISSING_TIMES), default=False)
    time.finish()
    if path is None:
        return None
    return TimeField(path=path, form=form, pattern=pattern, timezone=zone, may_be_missing=missing)


def _time_format(written: str) -> tuple[TimeForm, str]:
    forms = [form.value for form in TimeForm]
    if written in forms:
        return TimeForm(written), ""
    try:
        again = datetime.strptime(_SOME_TIME.strftime(written), written)  # noqa: DTZ007 - compared with itself
    except ValueError:
        again = None
    if "%" not in written or again is None or again.date() != _SOME_TIME.date():
        shown = ", ".join(forms)
        raise ValueError(f"expected one of {shown}, or a pattern such as %Y-%m-%d %H:%M:%S, got {written!r}")
    return TimeForm.AUTO, written


def _refuse_for_text(fields: Fields) -> None:
    for key in ("keyed_by", "when", "each", "time"):
        if key in fields:
            fields.problem(key, f"{key} does not go with payload: text")


def _one_of(known: Mapping[str, bool]) -> Callable[[str], bool]:
    def read(written: str) -> bool:
        if written not in known:
            raise ValueError(f"expected one of {', '.join(known)}, got {written!r}")
        return known[written]

    return read


def _capture(written: str) -> str:
    if _CAPTURE.fullmatch(written) is None:
        raise ValueError(f"expected the name of a capture such as asset, got {written!r}")
    return written


def _name(written: str) -> str:
    if not written.isprintable() or not written.strip() or len(written) > _LONGEST_NAME:
        raise ValueError(f"expected a name of at most {_LONGEST_NAME} characters, got {written!r}")
    return written

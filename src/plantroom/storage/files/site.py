"""Site files: a property, its machines and what is measured on them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from plantroom.domain.model import ModelPlan
from plantroom.domain.names import SYSTEM_ASSET
from plantroom.domain.site import OFFLINE_GRACE, Asset, AssetClass, Site
from plantroom.domain.suggestion import suggest
from plantroom.domain.text import Text
from plantroom.storage.files import values
from plantroom.storage.files.derived import DerivedPoints
from plantroom.storage.files.fields import Fields, open_mapping
from plantroom.storage.files.mappings import read_mappings
from plantroom.storage.files.plans import read_asset_models, read_site_models
from plantroom.storage.files.points import read_points
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.sparkplug import read_sparkplug
from plantroom.storage.files.tuning import WrittenTuning, read_tuning

_CLOCKS = {"device": False, "arrival": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An asset's mention of another."""

    key: str
    asset: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAsset:
    """An asset and where what it says is to be checked against the others."""

    asset: Asset
    place: Place
    references: tuple[Reference, ...]
    tuning: tuple[WrittenTuning, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSite:
    """A site, and where it and its parts are declared."""

    site: Site
    place: Place
    assets: tuple[ReadAsset, ...]
    packs: tuple[tuple[Place, str], ...]
    mapping_places: tuple[Place, ...]
    tuning: tuple[WrittenTuning, ...]


def open_site(path: Path, problems: Problems) -> Fields | None:
    """Return the fields of the site file at `path`, None if it is no mapping."""
    return open_mapping(path, problems, expected="a site, a mapping with the key site")


def read_site(fields: Fields, classes: Mapping[str, AssetClass]) -> ReadSite | None:
    """Return the site that a file declares, None if it has no name."""
    site_id = fields.required("site", values.identifier("site"))
    name = fields.texts("name", Text(en=site_id or ""))
    timezone = fields.optional("timezone", values.timezone, ZoneInfo("UTC"))
    holidays = fields.optional("holidays", values.holidays, "")
    tuning = tuple(read_tuning(fields))
    packs = fields.listed("packs", values.identifier("pack"))
    plans = read_site_models(fields, classes)
    read = tuple(_read_assets(fields, classes, plans))
    # What devices send is no derived point: mappings do not know them.
    mappings = tuple(read_mappings(fields, [each.asset for each in read], timezone))
    sparkplug = read_sparkplug(fields, [each.asset for each in read], site_id or "")
    assets = tuple(_with_derived_points(read))
    offline_grace = fields.optional("offline_grace", values.duration, OFFLINE_GRACE)
    fields.know("classes")
    fields.finish()
    if site_id is None:
        return None
    site = Site(
        id=site_id,
        name=name,
        timezone=timezone,
        holidays=holidays,
        tuning={each.rule: each.tuning for each in tuning},
        packs=tuple(dict.fromkeys(pack for _, pack in packs)),
        assets=tuple(each.asset for each in assets),
        mappings=tuple(mapping for _, mapping in mappings),
        sparkplug=sparkplug,
        offline_grace=offline_grace,
    )
    places = tuple(place for place, _ in mappings)
    return ReadSite(
        site=site,
        place=fields.place_of("site"),
        assets=assets,
        packs=packs,
        mapping_places=places,
        tuning=tuning,
    )


def _with_derived_points(read: Iterable[ReadAsset]) -> Iterator[ReadAsset]:
    derived = DerivedPoints()
    for each in read:
        points = derived.add(each.asset.points, each.asset.models)
        yield replace(each, asset=replace(each.asset, points=points))


def _read_assets(
    site: Fields, classes: Mapping[str, AssetClass], plans: Mapping[str, ModelPlan | None]
) -> Iterator[ReadAsset]:
    for fields in site.items("assets"):
        asset = _read_asset(fields, classes, plans)
        fields.finish()
        if asset is not None:
            yield asset


def _read_asset(
    fields: Fields, classes: Mapping[str, AssetClass], plans: Mapping[str, ModelPlan | None]
) -> ReadAsset | None:
    asset_id = fields.required("id", values.identifier("asset"))
    asset_class = _read_class(fields, classes)
    parent = fields.optional("parent", values.text, "")
    gateway = fields.optional("gateway", values.text, "")
    fed_by = fields.listed("fed_by", values.text)
    references = [Reference(key="fed_by", asset=each, place=place) for place, each in fed_by]
    references += [
        Reference(key=key, asset=each, place=fields.place_of(key))
        for key, each in (("parent", parent), ("gateway", gateway))
        if each
    ]
    tuning = tuple(read_tuning(fields))
    points = read_points(
        fields,
        asset_class.points if asset_class else (),
        system=asset_class.system if asset_class else "",
    )
    asset = Asset(
        tuning={each.rule: each.tuning for each in tuning},
        id=asset_id or "",
        asset_class=asset_class.name if asset_class else "",
        name=fields.texts("name", Text(en=asset_id or "")),
        location=fields.optional("location", values.text, ""),
        parent=parent or None,
        fed_by=tuple(dict.fromkeys(each for _, each in fed_by)),
        gateway=gateway or None,
        rated=fields.numbers("rated", values.point_name, values.number),
        points=points,
        models=read_asset_models(fields, asset_class, points, plans),
        clock_by_arrival=fields.optional("clock", _read_clock, default=False),
        offline_grace=_read_grace(fields),
    )
    if asset_id == SYSTEM_ASSET:
        fields.problem("id", f"asset id {SYSTEM_ASSET} is kept for alarms about the product itself")
    if asset_id is None or asset_class is None:
        return None
    return ReadAsset(asset=asset, place=fields.place_of("id"), references=tuple(references), tuning=tuning)


def _read_grace(fields: Fields) -> timedelta | None:
    if "offline_grace" not in fields:
        fields.know("offline_grace")
        return None
    return fields.optional("offline_grace", values.duration, OFFLINE_GRACE)


def _read_class(fields: Fields, classes: Mapping[str, AssetClass]) -> AssetClass | None:
    name = fields.required("class", values.text)
    if name is None:
        return None
    if name not in classes:
        fields.problem("class", f"unknown class {name!r}; {suggest(name, classes)}")
    return classes.get(name)


def _read_clock(written: str) -> bool:
    if written not in _CLOCKS:
        raise ValueError(f"expected one of {', '.join(_CLOCKS)}, got {written!r}")
    return _CLOCKS[written]

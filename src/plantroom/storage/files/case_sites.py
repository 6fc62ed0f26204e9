"""The site of a case: its few assets, written as in a site file."""

from typing import Final

import yaml

from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.fields import Fields
from plantroom.storage.files.nodes import is_mapping
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.site import ReadSite, read_site
from plantroom.storage.files.topology import check_topology

ONLY_ASSET: Final = "A-1"
_SITE: Final = {"site": "case", "timezone": "Asia/Shanghai", "holidays": "CN"}
_TAG: Final = "tag:yaml.org,2002:"


def read_case_site(case: Fields, file: str, problems: Problems) -> ReadSite | None:
    """Return the site of what a case has under `asset` or `assets`, with its `params` as the site's."""
    one, several, params = case.node("asset"), case.node("assets"), case.node("params")
    if (one is None) == (several is None):
        case.note("expected either asset or assets: what the rules watch")
        return None
    if several is not None and not is_mapping(several):
        case.problem("assets", "assets: expected a mapping of ids to assets")
        return None
    where = one if several is None else several
    assert where is not None
    named = [(_text(ONLY_ASSET, where), where)] if several is None else several.value
    entries = [
        *((_text(key, where), _text(value, where)) for key, value in _SITE.items()),
        (_text("assets", where), yaml.SequenceNode(_TAG + "seq", [_with_id(*each) for each in named])),
    ]
    if params is not None:
        entries.append((_text("rules", params), params))
    node = yaml.MappingNode(_TAG + "map", entries)
    site = read_site(Fields(node, file=file, problems=problems, place=case.place), shipped_classes())
    if site is not None:
        check_topology([site], problems)
    return site


def _with_id(name: yaml.Node, asset: yaml.Node) -> yaml.Node:
    if not is_mapping(asset):
        return asset
    return yaml.MappingNode(
        asset.tag, [(_text("id", name), name), *asset.value], asset.start_mark, asset.end_mark
    )


def _text(value: str, where: yaml.Node) -> yaml.ScalarNode:
    return yaml.ScalarNode(_TAG + "str", value, where.start_mark, where.end_mark)

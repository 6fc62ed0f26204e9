"""Asset classes: those that come with the product and those that a site file declares."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources.abc import Traversable
from typing import Final

from plantroom.domain.names import check_point
from plantroom.domain.site import AssetClass
from plantroom.domain.text import Text
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields, open_mapping
from plantroom.storage.files.points import read_points
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.source import shipped_files

_FOLDER: Final = "storage/files/classes"


@dataclass(frozen=True, slots=True)
class DeclaredClass:
    """An asset class and where a site file declares it."""

    asset_class: AssetClass
    place: Place


def shipped_class_files() -> tuple[Traversable, ...]:
    """Return the files of the classes that come with the product, by name."""
    return shipped_files(_FOLDER)


@cache
def shipped_classes() -> Mapping[str, AssetClass]:
    """Return the classes that come with the product, by name.

    Raises:
        FilesInvalid: the product's own files are wrong.
    """
    problems = Problems()
    classes = {}
    for file in shipped_class_files():
        fields = open_mapping(file, problems)
        if fields is None:
            continue
        name = fields.required("class", values.point_name)
        if name is not None:
            classes[name] = _read_class(AssetClass(name=name, label=Text(en=name)), fields)
    problems.raise_any()
    return classes


def read_classes(
    site: Fields, known: Mapping[str, AssetClass], declared: Mapping[str, DeclaredClass]
) -> dict[str, DeclaredClass]:
    """Return what a site file's `classes` declares: new classes, and more points for `known` ones."""
    found: dict[str, DeclaredClass] = {}
    for name, fields in site.entries("classes"):
        try:
            check_point(name)
        except ValueError as error:
            fields.note(str(error).replace("point", "class", 1))
            continue
        if name in declared:
            fields.note(f"class {name} is already declared at {declared[name].place}")
        base = known.get(name) or AssetClass(name=name, label=Text(en=name.replace("_", " ")))
        found[name] = DeclaredClass(_read_class(base, fields), fields.place)
    return found


def _read_class(base: AssetClass, fields: Fields) -> AssetClass:
    system = fields.optional("system", values.text, base.system)
    asset_class = replace(
        base,
        label=fields.texts("label", base.label),
        system=system,
        brick=fields.optional("brick", values.text, base.brick),
        points=read_points(fields, base.points, system=system),
    )
    fields.finish()
    return asset_class

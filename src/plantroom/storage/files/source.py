"""Text of a YAML file to its nodes, which know their lines."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import yaml
from yaml.reader import ReaderError

from plantroom.storage.files.problems import Place, Problems

SUFFIXES: Final = (".yaml", ".yml")

# Scalars stay as they are written, so that no YAML version's idea of on, 010 or 1:30 gets at them.
_Base: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MAX_NESTING: Final = 100
_TAG_OF: Final[Mapping[type[yaml.Node], str]] = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}


class _Loader(_Base):  # type: ignore[misc]  # the C loader where PyYAML was built with it
    """Refuses deep nesting, on which the C composer would overflow its stack."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nesting = 0

    def resolve(self, kind: type[yaml.Node], _value: object, _implicit: object) -> str:
        return _TAG_OF[kind]

    def descend_resolver(self, _parent: yaml.Node | None, _index: object) -> None:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise yaml.YAMLError(f"nested deeper than {_MAX_NESTING} levels")

    def ascend_resolver(self) -> None:
        self._nesting -= 1


def shipped_files(folder: str) -> tuple[Traversable, ...]:
    """Return the YAML files that the product brings in its `folder`, by name."""
    inside = files("plantroom").joinpath(folder).iterdir()
    return tuple(sorted((each for each in inside if each.name.endswith(SUFFIXES)), key=str))


def read_node(path: Path | Traversable, problems: Problems) -> yaml.Node | None:
    """Return what the file holds, None if it holds nothing that can be read."""
    name = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        problems.add(Place(name, 1), f"cannot be read: {error.strerror or error}")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(Place(name, line), f"expected UTF-8, got byte 0x{raw[error.start]:02x}")
        return None
    return node_of(text, name, problems)


def node_of(text: str, name: str, problems: Problems) -> yaml.Node | None:
    """Return what `text` holds, which stands in a file called `name`; None: nothing that can be read."""
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problems.add(Place(name, line), f"expected YAML: {_told(error)}")
        return None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.add(Place(name, line), f"expected YAML: {error.reason} (character {error.character!r})")
        return None
    except yaml.YAMLError as error:
        problems.add(Place(name, 1), f"expected YAML: {error}")
        return None
    if node is None:
        problems.add(Place(name, 1), "expected YAML, got an empty file")
    return node


def _told(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part)

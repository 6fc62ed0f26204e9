"""Reads a YAML mapping key by key and notes every mistake with its line."""

from collections.abc import Callable, Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import yaml

from plantroom.domain.suggestion import suggest
from plantroom.domain.text import Text
from plantroom.storage.files.nodes import (
    empty_mapping,
    is_list,
    is_mapping,
    is_null,
    kind_of,
    mapping_of,
    place_of,
    scalar,
)
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.source import read_node
from plantroom.storage.files.values import text

T = TypeVar("T")


class Fields:
    """The entries of one mapping, each taken by the reader that knows its key; the rest is unknown."""

    def __init__(
        self, node: yaml.MappingNode, *, file: str, problems: Problems, place: Place | None = None
    ) -> None:
        self.place = place or place_of(node, file)
        self._file = file
        self._problems = problems
        self._known: set[str] = set()
        self._entries: dict[str, tuple[Place, yaml.Node]] = {}
        for key, value in node.value:
            self._enter(key, value)

    def _enter(self, key: yaml.Node, value: yaml.Node) -> None:
        place = place_of(key, self._file)
        name = key.value if isinstance(key, yaml.ScalarNode) else None
        if name is None:
            self._problems.add(place, f"expected a text as key, got {kind_of(key)}")
        elif name in self._entries:
            first = self._entries[name][0].line
            self._problems.add(place, f"key {name!r} is given twice, first in line {first}")
        elif name == "<<":
            self._problems.add(place, "merge keys (<<) are not read; write the keys out")
            self._known.add(name)
        else:
            self._entries[name] = (place, value)

    def __contains__(self, key: str) -> bool:
        return key in self._entries and not is_null(self._entries[key][1])

    def place_of(self, key: str) -> Place:
        """Return where `key` stands, or its mapping where it is missing."""
        return self._entries[key][0] if key in self._entries else self.place

    def problem(self, key: str, message: str) -> None:
        """Note a mistake at `key`."""
        self._problems.add(self.place_of(key), message)

    def note(self, message: str) -> None:
        """Note a mistake at the mapping itself."""
        self._problems.add(self.place, message)

    def know(self, key: str) -> None:
        """Say that `key` is known though nobody reads it."""
        self._known.add(key)

    def _take(self, key: str) -> yaml.Node | None:
        self._known.add(key)
        node = self._entries[key][1] if key in self._entries else None
        return None if node is None or is_null(node) else node

    def node(self, key: str) -> yaml.Node | None:
        """Return what is written under `key`, None where there is nothing."""
        return self._take(key)

    def optional(self, key: str, read: Callable[[str], T], default: T) -> T:
        """Return the value of `key`, `default` where it is missing or wrong."""
        node = self._take(key)
        value = None if node is None else self._read(key, node, read)
        return default if value is None else value

    def required(self, key: str, read: Callable[[str], T]) -> T | None:
        """Return the value of `key`, None where it is missing or wrong."""
        node = self._take(key)
        if node is None:
            self.problem(key, f"{key} is missing")
            return None
        return self._read(key, node, read)

    def _read(self, key: str, node: yaml.Node, read: Callable[[str], T]) -> T | None:
        written = scalar(node)
        if written is None:
            self.problem(key, f"{key}: expected one value, got {kind_of(node)}")
            return None
        try:
            return read(written)
        except ValueError as error:
            self.problem(key, f"{key}: {error}")
            return None

    def listed(self, key: str, read: Callable[[str], T]) -> tuple[tuple[Place, T], ...]:
        """Return the values of a list and where each stands; wrong ones are left out."""
        node = self._take(key)
        if node is None:
            return ()
        if not is_list(node):
            self.problem(key, f"{key}: expected a list, got {kind_of(node)}")
            return ()
        values = []
        for item in node.value:
            place = place_of(item, self._file)
            written = scalar(item)
            if written is None:
                self._problems.add(place, f"{key}: expected a value, got {kind_of(item)}")
                continue
            try:
                values.append((place, read(written)))
            except ValueError as error:
                self._problems.add(place, f"{key}: {error}")
        return tuple(values)

    def texts(self, key: str, default: Text) -> Text:
        """Return a text in two languages: `{en: ..., zh: ...}`, or one text for both."""
        node = self._take(key)
        if node is None:
            return default
        if scalar(node) is not None:
            return Text(en=self._read(key, node, text) or default.en)
        languages = self._inner(key, node)
        return default if languages is None else self._bilingual(key, languages, default)

    def listed_texts(self, key: str) -> tuple[Text, ...]:
        """Return a list of texts, each in two languages: `{en: ..., zh: ...}`."""
        found = (self._bilingual(key, languages, Text()) for languages in self.items(key))
        return tuple(words for words in found if words != Text())

    def _bilingual(self, key: str, languages: "Fields", default: Text) -> Text:
        words = Text(en=languages.optional("en", str, ""), zh=languages.optional("zh", str, ""))
        languages.finish()
        if not (words.en.strip() or words.zh.strip()):
            self.problem(key, f"{key}: expected en, zh or both")
            return default
        return words

    def mapping(self, key: str, *, shorthand: str = "") -> "Fields | None":
        """Return the mapping under `key`, None where it is missing or wrong.

        One value there stands for the mapping that has it at the key `shorthand`, if that is given.
        """
        node = self._take(key)
        return None if node is None else self._inner(key, _written_out(node, shorthand))

    def entries(self, key: str, *, shorthand: str = "") -> "Iterator[tuple[str, Fields]]":
        """Yield the named mappings under `key`; a name with nothing behind it has an empty mapping."""
        named = self.mapping(key)
        if named is None:
            return
        yield from named.all_mappings(shorthand=shorthand)

    def all_mappings(self, *, shorthand: str = "") -> "Iterator[tuple[str, Fields]]":
        """Yield every entry as a named mapping."""
        for name, (place, node) in self._entries.items():
            inner = empty_mapping(node) if is_null(node) else _written_out(node, shorthand)
            if is_mapping(inner):
                yield name, Fields(inner, file=self._file, problems=self._problems, place=place)
            else:
                self._problems.add(place, f"{name}: expected a mapping, got {kind_of(inner)}")

    def numbers(self, key: str, name: Callable[[str], str], read: Callable[[str], float]) -> dict[str, float]:
        """Return the named numbers under `key`; wrong ones are left out."""
        named = self.mapping(key)
        if named is None:
            return {}
        return named.all_numbers(name, read)

    def all_numbers(self, name: Callable[[str], str], read: Callable[[str], float]) -> dict[str, float]:
        """Return every entry as a named number; wrong ones are left out."""
        found = {}
        for key in self._entries:
            try:
                name(key)
            except ValueError as error:
                self.problem(key, str(error))
                continue
            value = self.required(key, read)
            if value is not None:
                found[key] = value
        return found

    def pairs(self, key: str, read: Callable[[str], T]) -> dict[str, T]:
        """Return the entries under `key`, each one value; wrong ones are left out."""
        named = self.mapping(key)
        return {} if named is None else named.all_pairs(read)

    def all_pairs(self, read: Callable[[str], T]) -> dict[str, T]:
        """Return every entry, each one value; wrong ones are left out."""
        return {name: value for name in self._entries if (value := self.required(name, read)) is not None}

    def items(self, key: str) -> "Iterator[Fields]":
        """Yield the mappings of the list under `key`."""
        node = self._take(key)
        if node is None:
            return
        yield from items(node, what=key, file=self._file, problems=self._problems)

    def _inner(self, key: str, node: yaml.Node) -> "Fields | None":
        if not is_mapping(node):
            self.problem(key, f"{key}: expected a mapping, got {kind_of(node)}")
            return None
        return Fields(node, file=self._file, problems=self._problems)

    def finish(self) -> None:
        """Note the keys that nobody knew."""
        for key, (place, value) in self._entries.items():
            if key in self._known:
                continue
            comma = "a text with a comma needs quotes, or " if is_null(value) else ""
            self._problems.add(place, f"unknown key {key!r}; {comma}{suggest(key, self._known)}")


def items(node: yaml.Node, *, what: str, file: str, problems: Problems) -> Iterator[Fields]:
    """Yield the mappings of a list, noting what is none."""
    if not is_list(node):
        problems.add(place_of(node, file), f"{what}: expected a list, got {kind_of(node)}")
        return
    for item in node.value:
        if is_mapping(item):
            yield Fields(item, file=file, problems=problems)
        else:
            problems.add(place_of(item, file), f"{what}: expected a mapping, got {kind_of(item)}")


def _written_out(node: yaml.Node, shorthand: str) -> yaml.Node:
    return mapping_of(shorthand, node) if shorthand and scalar(node) is not None else node


def open_mapping(
    path: Path | Traversable, problems: Problems, *, expected: str = "a mapping"
) -> Fields | None:
    """Return the fields of the file at `path`; None, and why among `problems`, if it is no mapping."""
    node = read_node(path, problems)
    if node is None:
        return None
    if not is_mapping(node):
        problems.add(Place(str(path), 1), f"expected {expected}, got {kind_of(node)}")
        return None
    return Fields(node, file=str(path), problems=problems)

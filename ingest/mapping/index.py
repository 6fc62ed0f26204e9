"""Finds the mappings that take a topic without trying them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from plantroom.domain.topic_pattern import ANY, TopicPattern

T = TypeVar("T")


@dataclass(slots=True)
class _Node(Generic[T]):
    """What patterns go on with after some levels."""

    below: "dict[str, _Node[T]]" = field(default_factory=dict)
    """By literal level; `ANY` for the open ones."""
    ending: list[tuple[int, TopicPattern, T]] = field(default_factory=list)
    resting: list[tuple[int, TopicPattern, T]] = field(default_factory=list)
    """Those that take any number of further levels."""


class TopicIndex(Generic[T]):
    """A tree of topic levels with the things that belong to patterns."""

    def __init__(self, things: Sequence[tuple[TopicPattern, T]]) -> None:
        self._root: _Node[T] = _Node()
        for number, (pattern, thing) in enumerate(things):
            self._add(number, pattern, thing)

    def _add(self, number: int, pattern: TopicPattern, thing: T) -> None:
        node = self._root
        for level in pattern.levels:
            node = node.below.setdefault(ANY if level.is_open else level.text, _Node())
        (node.resting if pattern.has_rest else node.ending).append((number, pattern, thing))

    def find(self, topic: str) -> list[tuple[T, Mapping[str, str]]]:
        """Return what belongs to the patterns that take `topic`, in order, with what they capture."""
        nodes, candidates = [self._root], list(self._root.resting)
        for part in topic.split("/"):
            # A pattern's literal cannot be `+`, so a level written that way only goes on as any.
            ways = {part, ANY}
            nodes = [node.below[way] for node in nodes for way in ways if way in node.below]
            for node in nodes:
                candidates += node.resting
            if not nodes:
                break
        for node in nodes:
            candidates += node.ending
        candidates.sort(key=lambda candidate: candidate[0])
        found = ((thing, pattern.match(topic)) for _, pattern, thing in candidates)
        return [(thing, captures) for thing, captures in found if captures is not None]

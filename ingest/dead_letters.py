"""What could not be used: who sent it, why, and what it looked like; grouped and bounded."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, Self

import msgspec

EXCERPT_BYTES: Final = 200
TOPIC_BYTES: Final = 300
REASON_BYTES: Final = 300
GROUPS: Final = 1000
GROUPS_PER_TOPIC: Final = 50
FURTHER: Final = "further reasons, not listed"


class LetterKind(Enum):
    """What a dead letter is about."""

    MESSAGE = "message"
    """A payload, or a part of it, that could not be read."""
    VALUE = "value"
    """A value that is not one its point can have."""
    TOPIC = "topic"
    """A topic that contract 4.1 does not know."""
    UNKNOWN_DEVICE = "unknown_device"
    """A site or an asset that no site file declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Messages, or parts of them, that could not be used, of one topic and for one reason."""

    topic: str
    reason: str
    """Why, without the offending value, so that repetitions fall into one group."""
    kind: LetterKind
    excerpt: str
    """What the last of them looked like, at most `EXCERPT_BYTES` as UTF-8."""
    count: int = 1
    first: int
    """When the first of them arrived, ms since the epoch, UTC."""
    last: int
    """When the last of them arrived, ms since the epoch, UTC."""
    mapping: str = ""
    """The mapping that read them, "" for our own JSON."""

    @property
    def is_unknown_device(self) -> bool:
        """Whether it tells of an asset that no site file declares."""
        return self.kind is LetterKind.UNKNOWN_DEVICE

    def followed_by(self, later: "DeadLetter") -> "DeadLetter":
        """Return both as one; `later` is of the same topic and reason."""
        return replace(
            later,
            count=self.count + later.count,
            first=min(self.first, later.first),
            last=max(self.last, later.last),
        )


def excerpt(content: bytes | str, limit: int = EXCERPT_BYTES) -> str:
    """Return the beginning of `content` as printable text of at most `limit` bytes as UTF-8."""
    if isinstance(content, bytes):
        content = content[: limit + 4].decode(errors="replace")
    content = content[:limit]
    if not content.isprintable():
        content = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in content)
    return content.encode()[:limit].decode(errors="ignore")


class Tray:
    """Collects the letters of a few messages: one per topic and reason, and not too many of one topic.

    A message of a megabyte can hold a hundred thousand mistakes; what is journalled of it must stay small.
    """

    def __init__(self) -> None:
        self._heaps: dict[tuple[str, str], _Heap] = {}
        self._reasons: dict[str, int] = {}

    def add(
        self,
        topic: str,
        reason: str,
        *,
        content: bytes | str,
        kind: LetterKind,
        first: int,
        last: int | None = None,
        count: int = 1,
        mapping: str = "",
    ) -> None:
        """Put in `count` letters that arrived from `first` to `last`, the last of which is `content`."""
        heap = self._heaps.get((topic, reason)) or self._heap(topic, reason, kind, first)
        heap.mapping = mapping
        heap.content = content
        heap.count += count
        heap.first = min(heap.first, first)
        heap.last = max(heap.last, first if last is None else last)

    def letters(self) -> tuple[DeadLetter, ...]:
        """Return what was put in, in order of first appearance."""
        return tuple(
            DeadLetter(
                topic=excerpt(topic, TOPIC_BYTES),
                reason=excerpt(reason, REASON_BYTES),
                kind=heap.kind,
                excerpt=excerpt(heap.content),
                count=heap.count,
                first=heap.first,
                last=heap.last,
                mapping=heap.mapping,
            )
            for (topic, reason), heap in self._heaps.items()
        )

    def _heap(self, topic: str, reason: str, kind: LetterKind, first: int) -> "_Heap":
        reasons = self._reasons.get(topic, 0)
        if reasons >= GROUPS_PER_TOPIC - 1:
            reason = FURTHER
        self._reasons[topic] = reasons + 1
        return self._heaps.setdefault((topic, reason), _Heap(kind=kind, first=first, last=first))


@dataclass(slots=True, kw_only=True)
class _Heap:
    """Letters of one topic and reason while they are counted."""

    kind: LetterKind
    content: bytes | str = ""
    count: int = 0
    first: int
    last: int
    mapping: str = ""


class DeadLetters:
    """The grouped log: a fold over letters, so that replaying them makes it again.

    When it is full, the group that was not added to for the longest time makes room: one of the same topic
    where that topic has `per_topic` groups already, so that one bad device does not hide the others.
    """

    def __init__(self, *, groups: int = GROUPS, per_topic: int = GROUPS_PER_TOPIC) -> None:
        self._limit = groups
        self._per_topic = per_topic
        self._groups: OrderedDict[tuple[str, str], DeadLetter] = OrderedDict()
        self._reasons: dict[str, OrderedDict[str, None]] = {}
        self._changed: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.dropped = 0
        """How many groups had to make room for others."""

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, letters: Iterable[DeadLetter]) -> None:
        """Count `letters` in their groups."""
        for letter in letters:
            key = (letter.topic, letter.reason)
            group = self._groups.get(key)
            self._put(key, group.followed_by(letter) if group else letter)

    def groups(self) -> tuple[DeadLetter, ...]:
        """Return all groups, the one last added to at the end."""
        return tuple(self._groups.values())

    def changed(self) -> tuple[DeadLetter, ...]:
        """Return the groups added to since the last call, with what they have counted in all."""
        changed = tuple(self._groups[key] for key in self._changed)
        self._changed.clear()
        return changed

    def snapshot(self) -> dict[str, Any]:
        """Return everything as a JSON-able document."""
        groups = [msgspec.to_builtins(group) for group in self._groups.values()]
        return {"groups": groups, "dropped": self.dropped}

    @classmethod
    def restore(
        cls, document: Mapping[str, Any], *, groups: int = GROUPS, per_topic: int = GROUPS_PER_TOPIC
    ) -> Self:
        """Return the log that `snapshot` was taken of, with all groups changed: nobody knows who was told."""
        log = cls(groups=groups, per_topic=per_topic)
        log.dropped = int(document["dropped"])
        log.add(msgspec.convert(document["groups"], list[DeadLetter]))
        return log

    def _put(self, key: tuple[str, str], group: DeadLetter) -> None:
        topic, reason = key
        reasons = self._reasons.setdefault(topic, OrderedDict())
        if reason not in reasons and len(reasons) >= self._per_topic:
            self._drop((topic, next(iter(reasons))))
        elif reason not in reasons and len(self._groups) >= self._limit:
            self._drop(next(iter(self._groups)))
        # Dropping may have emptied and removed the very entry that is written to now.
        reasons = self._reasons.setdefault(topic, reasons)
        self._changed[key] = None
        self._changed.move_to_end(key)
        reasons[reason] = None
        reasons.move_to_end(reason)
        self._groups[key] = group
        self._groups.move_to_end(key)

    def _drop(self, key: tuple[str, str]) -> None:
        topic, reason = key
        del self._groups[key]
        del self._reasons[topic][reason]
        if not self._reasons[topic]:
            del self._reasons[topic]
        self._changed.pop(key, None)
        self.dropped += 1

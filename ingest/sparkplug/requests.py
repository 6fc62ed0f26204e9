"""When to ask an edge node for its births: at once, but not again and again."""

from dataclasses import dataclass
from typing import Final

from plantroom.mqtt.sparkplug.topics import NodeId

FIRST_REPEAT: Final = 10_000
"""So long after a request, ms, the next one to the same edge node may follow; twice as long after each."""
LAST_REPEAT: Final = 300_000
AT_ONCE: Final = 20
"""So many edge nodes are asked in one turn, so that not all births of a large site come together."""
ANSWER_WITHIN: Final = 10_000
"""An edge node that is there answers within so long, ms."""


@dataclass(slots=True)
class _Asked:
    last: int
    repeat: int = FIRST_REPEAT
    unanswered_since: int | None = None
    """When it was first asked since its last birth; None: it has answered, or was given up."""


class Requests:
    """Remembers whom was asked when."""

    def __init__(self) -> None:
        self._asked: dict[NodeId, _Asked] = {}

    def is_due(self, node: NodeId, now: int) -> bool:
        """Return whether `node`, which is to be asked, is to be asked now."""
        asked = self._asked.get(node)
        return asked is None or now - asked.last >= asked.repeat

    def note_asked(self, node: NodeId, now: int) -> None:
        """Note that `node` is asked."""
        asked = self._asked.get(node)
        if asked is None:
            self._asked[node] = _Asked(last=now, unanswered_since=now)
            return
        if asked.unanswered_since is None and asked.repeat == FIRST_REPEAT:
            asked.unanswered_since = now
        else:
            asked.repeat = min(2 * asked.repeat, LAST_REPEAT)
        asked.last = now

    def note_answered(self, node: NodeId) -> None:
        """Note that births of `node` have come."""
        asked = self._asked.get(node)
        if asked is not None:
            asked.repeat = FIRST_REPEAT
            asked.unanswered_since = None

    def given_up(self, now: int) -> list[NodeId]:
        """Return the edge nodes that did not answer in time, each once."""
        found = []
        for node, asked in self._asked.items():
            if asked.unanswered_since is not None and now - asked.unanswered_since >= ANSWER_WITHIN:
                asked.unanswered_since = None
                asked.repeat = 2 * FIRST_REPEAT
                found.append(node)
        return found

    def start_over(self) -> None:
        """Forget whom was asked: the connection it went over is gone."""
        self._asked.clear()

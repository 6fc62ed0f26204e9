"""The session of one edge node: its births, the order of its messages, its death."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final, NamedTuple

from plantroom.ingest.sparkplug.birth import Birth
from plantroom.ingest.sparkplug.counts import HostCounts
from plantroom.ingest.sparkplug.order import SEQUENCE, Order
from plantroom.mqtt.message import Received
from plantroom.mqtt.sparkplug.payload import BD_SEQ, Metric, Payload
from plantroom.mqtt.sparkplug.topics import Kind, Topic

NODE: Final = ""
"""Stands for the edge node itself among its devices."""

NO_SEQ: Final = "seq: expected 0 to 255"
NO_BIRTH: Final = "came without a birth before it, or after a gap: the edge node is asked for its births"
NO_DEVICE_BIRTH: Final = "the device has not been born: the edge node is asked for its births"
NO_ALIAS: Final = "an alias stands for no metric of the birth: the edge node is asked for its births"
NO_NAME: Final = "a metric of a birth has no name"


class What(Enum):
    """What a message of an edge node comes to."""

    BORN = "born"
    """The device is there, and all its metrics are current."""
    TOLD = "told"
    """Metrics changed."""
    DIED = "died"
    """The device is gone; with the edge node all its devices are."""
    REFUSED = "refused"
    """It cannot be read."""


class Event(NamedTuple):
    """What one message comes to, in the order of the session."""

    what: What
    message: Received
    device: str = NODE
    metrics: Sequence[Metric] = ()
    """All with their names."""
    ts: int | None = None
    """When the message was sent, ms since the epoch, UTC."""
    reason: str = ""
    """What is wrong with it, if something is."""


class _Sent(NamedTuple):
    """A message and what it says."""

    topic: Topic
    payload: Payload
    message: Received


class EdgeNode:
    """Follows one edge node; after all that could give a value to a wrong metric it waits for a birth."""

    def __init__(self, counts: HostCounts | None = None) -> None:
        """Take what to count on, with that of other edge nodes."""
        self._counts = counts or HostCounts()
        self.is_born = False
        """Whether what its aliases stand for is known."""
        self.wants_birth = False
        """Whether it is to be asked for its births."""
        self._bd_seq: int | None = None
        self._born_at: int | None = None
        """Time of the birth on the edge node's clock."""
        self._births: dict[str, Birth] = {}
        self._order: Order[_Sent] = Order()

    def receive(self, topic: Topic, payload: Payload, message: Received) -> list[Event]:
        """Return what `message` comes to, and those that it releases."""
        sent = _Sent(topic, payload, message)
        if topic.kind is Kind.NDEATH:
            return self._end(sent)
        seq = payload.seq
        if seq is None or seq >= SEQUENCE:
            return [_refused(sent, NO_SEQ)]
        # A birth without a time looks like the one before and may still be new.
        is_timeless_birth = topic.kind is Kind.NBIRTH and payload.ts is None
        if self._order.is_repeated(seq, message.payload) and not is_timeless_birth:
            return []
        if topic.kind is Kind.NBIRTH:
            return self._begin(sent, seq)
        if not self.is_born:
            self.wants_birth = True
            return [_refused(sent, NO_BIRTH)]
        if self._is_older_than_birth(sent):
            self._order.doubt(message.arrived)
            return []
        ready = self._order.take(seq, sent, arrived=message.arrived)
        self._counts.late += len(ready) > 1
        return [event for each in ready for event in self._read(each)]

    def check(self, now: int, *, reorder: int) -> bool:
        """Return whether a message has been missing for `reorder` ms, and if so wait for a birth."""
        if not self.is_born or not self._order.is_broken(now, reorder=reorder):
            return False
        self._counts.gaps += 1
        self.lose()
        return True

    def lose(self) -> None:
        """Take it that messages were missed: nothing more is believed until the next birth."""
        self._forget()
        self.wants_birth = True

    def _forget(self) -> None:
        self.is_born = False
        self._born_at = None
        self._births.clear()

    def _begin(self, sent: _Sent, seq: int) -> list[Event]:
        if self._is_older_than_birth(sent):
            # An earlier birth that came late, or a clock that was put back: its next birth tells.
            self.lose()
            return [_refused(sent, NO_BIRTH)]
        self._forget()
        self.is_born = True
        self.wants_birth = False
        self._born_at = sent.payload.ts
        self._bd_seq = _bd_seq(sent.payload.metrics)
        self._order.begin(seq, forget=sent.payload.ts is None)
        return self._bear(sent)

    def _is_older_than_birth(self, sent: _Sent) -> bool:
        ts, born_at = sent.payload.ts, self._born_at
        return ts is not None and born_at is not None and ts < born_at

    def _bear(self, sent: _Sent) -> list[Event]:
        birth = self._births[sent.topic.device] = Birth(sent.payload.metrics)
        self._counts.births += 1
        return self._tell(sent, birth, what=What.BORN, problem=NO_NAME)

    def _read(self, sent: _Sent) -> list[Event]:
        device = sent.topic.device
        if sent.topic.kind is Kind.DBIRTH:
            return self._bear(sent)
        if sent.topic.kind is Kind.DDEATH:
            self._births.pop(device, None)
            self._counts.deaths += 1
            return [Event(What.DIED, sent.message, device, ts=sent.payload.ts)]
        birth = self._births.get(device)
        if birth is None:
            self.wants_birth = True
            return [_refused(sent, NO_DEVICE_BIRTH)]
        events = self._tell(sent, birth, what=What.TOLD, problem=NO_ALIAS)
        self.wants_birth |= len(events) > 1
        return events

    def _tell(self, sent: _Sent, birth: Birth, *, what: What, problem: str) -> list[Event]:
        resolved = [birth.resolve(metric) for metric in sent.payload.metrics]
        metrics = [metric for metric in resolved if metric is not None]
        events = [Event(what, sent.message, sent.topic.device, metrics, sent.payload.ts)]
        if len(metrics) < len(resolved):
            events.append(_refused(sent, problem))
        return events

    def _end(self, sent: _Sent) -> list[Event]:
        bd_seq, born_with = _bd_seq(sent.payload.metrics), self._bd_seq
        ahead = 0 if bd_seq is None or born_with is None else (bd_seq - born_with) % SEQUENCE
        if ahead >= SEQUENCE // 2:
            # The death of an earlier session, which came late.
            return []
        # The death of a later session: its birth was missed, or else the edge node will answer.
        self.wants_birth = ahead > 0
        self._counts.deaths += 1
        self._forget()
        return [Event(What.DIED, sent.message, ts=sent.payload.ts)]


def _refused(sent: _Sent, reason: str) -> Event:
    return Event(What.REFUSED, sent.message, sent.topic.device, sent.payload.metrics, reason=reason)


def _bd_seq(metrics: Iterable[Metric]) -> int | None:
    for metric in metrics:
        if metric.name == BD_SEQ and isinstance(metric.value, int):
            return metric.value
    return None

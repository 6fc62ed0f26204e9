"""Topics of Sparkplug B 3.0 (section 4)."""

from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

NAMESPACE: Final = "spBv1.0"
FILTER: Final = f"{NAMESPACE}/#"


class Kind(Enum):
    """What a message of an edge node or of one of its devices is."""

    NBIRTH = "NBIRTH"
    """The edge node is there; all its own metrics, with name, alias and value."""
    NDATA = "NDATA"
    """Metrics of the edge node itself that changed."""
    NDEATH = "NDEATH"
    """The edge node is gone, and all its devices with it."""
    DBIRTH = "DBIRTH"
    """A device is there; all its metrics."""
    DDATA = "DDATA"
    """Metrics of a device that changed."""
    DDEATH = "DDEATH"
    """A device is gone."""
    NCMD = "NCMD"
    """A host tells the edge node something."""
    DCMD = "DCMD"
    """A host tells a device something."""

    @property
    def of_device(self) -> bool:
        """Whether its topic names a device."""
        return self.value.startswith("D")

    @property
    def is_command(self) -> bool:
        """Whether a host sends it."""
        return self.value.endswith("CMD")


class NodeId(NamedTuple):
    """An edge node."""

    group: str
    node: str


class Topic(NamedTuple):
    """What the topic of a message of an edge node or device says."""

    kind: Kind
    node: NodeId
    device: str = ""
    """Empty for what concerns the edge node itself."""

    def __str__(self) -> str:
        device = f"/{self.device}" if self.device else ""
        return f"{NAMESPACE}/{self.node.group}/{self.kind.value}/{self.node.node}{device}"


_KINDS: Final = {kind.value: kind for kind in Kind}


@lru_cache(maxsize=20_000)
def parse(topic: str) -> Topic | None:
    """Return what `topic` says, None for one that no edge node or device has (STATE among them)."""
    match topic.split("/"):
        case [namespace, group, word, node] if namespace == NAMESPACE and group and node:
            kind = _KINDS.get(word)
            return Topic(kind, NodeId(group, node)) if kind and not kind.of_device else None
        case [namespace, group, word, node, device] if namespace == NAMESPACE and group and node and device:
            kind = _KINDS.get(word)
            return Topic(kind, NodeId(group, node), device) if kind and kind.of_device else None
    return None


def is_host_state(topic: str) -> bool:
    """Return whether `topic` is that of a host's STATE."""
    return topic.startswith(f"{NAMESPACE}/STATE/")


def host_state(host: str) -> str:
    """Return the topic on which `host` says whether it is online."""
    return f"{NAMESPACE}/STATE/{host}"

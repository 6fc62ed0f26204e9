"""What the host application has counted since its start."""

from dataclasses import dataclass


@dataclass(slots=True)
class HostCounts:
    """Running totals over all edge nodes; only ever grow."""

    births: int = 0
    """Births of edge nodes and devices."""
    deaths: int = 0
    """Deaths of edge nodes and devices, without those of earlier sessions."""
    gaps: int = 0
    """Times a missing message did not come in time."""
    late: int = 0
    """Messages that came after later ones, and in time to be put in order."""
    rebirths: int = 0
    """Requests to edge nodes for their births."""

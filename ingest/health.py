"""Whether the pipeline does its work, and if not, why."""

from collections.abc import Iterator
from dataclasses import dataclass

from plantroom.domain.reload import Reload


@dataclass(slots=True, kw_only=True)
class Health:
    """What stands in the way, as last seen."""

    broker: str = "not connected yet"
    """Why there is no connection to the broker; empty while there is one."""
    sparkplug: str = ""
    """Why there is no connection for Sparkplug; empty while there is one, or none is wanted."""
    spool: str = ""
    """Why nothing can be kept; empty while something can."""
    store: str = ""
    """Why samples are spooled instead of stored; empty while they are stored."""
    tiers: str = ""
    """Why minutes and hours are not made of the samples; empty while they are."""
    rules: Reload | None = None
    """What came of reading the rule files last; with mistakes in them the rules before go on."""

    @property
    def ready(self) -> bool:
        """Whether readings are taken and kept."""
        return not self.broker and not self.sparkplug and not self.spool

    def reasons(self) -> Iterator[str]:
        """Yield what stands in the way, and what would if it went on."""
        if self.broker:
            yield f"broker: {self.broker}"
        if self.sparkplug:
            yield f"sparkplug: {self.sparkplug}"
        if self.spool:
            yield f"spool: {self.spool}"
        if self.store:
            yield f"store: {self.store}"
        if self.tiers:
            yield f"tiers: {self.tiers}"
        if self.rules:
            yield from self.rules.warnings

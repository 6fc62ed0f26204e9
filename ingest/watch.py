"""What decides about alarms: the rules engine and the stage behind it."""

from typing import NamedTuple, Self

from plantroom.domain.installation import Installation
from plantroom.rules.engine import Engine
from plantroom.rules.inhibition import Inhibition


class Watch(NamedTuple):
    """Both of them for the same rules."""

    engine: Engine
    inhibition: Inhibition

    @classmethod
    def over(cls, installation: Installation) -> Self:
        """Return new ones, which know nothing yet."""
        return cls(Engine(installation, companions=True), Inhibition(installation))

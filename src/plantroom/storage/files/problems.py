"""Mistakes, collected so that all of them are told at once."""

from dataclasses import dataclass, field

from plantroom.domain.errors import FilesInvalid, Problem


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problems:
    """What was found wrong so far."""

    found: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        """Note a mistake."""
        self.found.append(Problem(file=place.file, line=place.line, message=message))

    def ordered(self) -> tuple[Problem, ...]:
        """Return all that was found, once each, by file and line."""
        return tuple(sorted(set(self.found), key=lambda each: (each.file, each.line, each.message)))

    def raise_any(self) -> None:
        """Tell all that was found, by file and line.

        Raises:
            FilesInvalid: something was found.
        """
        if self.found:
            raise FilesInvalid(self.ordered())

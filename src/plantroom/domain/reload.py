"""What came of reading the rule files again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """One reading of the files while the product runs; one that is not ok has changed nothing."""

    at: int
    """ms since the epoch."""
    ok: bool = True
    errors: tuple[str, ...] = ()
    """What is wrong, `file:line: message` each."""
    restart_needed: tuple[str, ...] = ()
    """What the files change beside rules, which only a restart applies."""

    @property
    def warnings(self) -> list[str]:
        """Return what people should know of."""
        return [
            *(f"rules not reloaded: {error}" for error in self.errors),
            *(f"restart needed: {what}" for what in self.restart_needed),
        ]

    def also(self, other: "Reload") -> "Reload":
        """Return what came of both, in two processes that read the same files."""
        return Reload(
            at=max(self.at, other.at),
            ok=self.ok and other.ok,
            errors=tuple(dict.fromkeys((*self.errors, *other.errors))),
            restart_needed=tuple(dict.fromkeys((*self.restart_needed, *other.restart_needed))),
        )

"""What people have changed about rules over the API, kept on our own disk as well."""

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from plantroom.domain.override import Override
from plantroom.domain.quantity import Quantity
from plantroom.domain.report import from_rfc3339
from plantroom.storage.durable import replacing

log = logging.getLogger(__name__)


class _Override(msgspec.Struct, frozen=True):
    site: str
    rule: str
    reason: str
    who: str
    at: str
    asset: str | None = None
    enabled: bool | None = None
    params: dict[str, str] = {}
    until: str | None = None

    def override(self) -> Override:
        return Override(
            site=self.site,
            asset=self.asset or "",
            rule=self.rule,
            enabled=self.enabled,
            params=_quantities(self.params),
            reason=self.reason,
            who=self.who,
            at=from_rfc3339(self.at),
            until=None if self.until is None else from_rfc3339(self.until),
        )


class _Rulings(msgspec.Struct, frozen=True):
    overrides: list[_Override]
    reload_asked: str | None = None


class Rulings(msgspec.Struct, frozen=True):
    """What the API says about rules."""

    overrides: tuple[Override, ...] = ()
    reload_asked: str | None = None
    """When people last asked for the files to be read again."""


def decode(document: bytes) -> Rulings:
    """Return what the API's answer says.

    Raises:
        ValueError: it is no such answer.
    """
    said = msgspec.json.decode(document, type=_Rulings)
    return Rulings(tuple(each.override() for each in said.overrides), said.reload_asked)


def load(path: Path) -> Rulings:
    """Return what was last kept; a file that cannot be read is logged and says nothing."""
    try:
        return decode(path.read_bytes())
    except FileNotFoundError:
        return Rulings()
    except (OSError, ValueError) as error:
        log.warning("overrides not read", extra={"file": str(path), "error": str(error)})
        return Rulings()


def keep(path: Path, document: bytes) -> None:
    """Replace what is kept by the API's answer; a disk that fails is logged, and asked again at a change."""
    try:
        with replacing(path) as file:
            file.write(document)
    except OSError as error:
        log.warning("overrides not kept", extra={"file": str(path), "error": str(error)})


def _quantities(written: Mapping[str, str]) -> dict[str, Quantity]:
    return {name: Quantity.parse(text) for name, text in written.items()}

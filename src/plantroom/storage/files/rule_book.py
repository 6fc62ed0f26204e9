"""The rules in force in a process, from files that are read again when they change."""

import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self, TypeAlias

from plantroom.domain.installation import Installation
from plantroom.domain.reload import Reload
from plantroom.storage.files.loader import load_installation
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.rereading import Reread, reread_files
from plantroom.storage.files.rules import rule_files, shipped_packs

log = logging.getLogger(__name__)

_Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]
"""Name, inode, size and time of the last change (ns) of each file."""


class RuleBook:
    """What the files say about rules, as last read without mistakes; for any thread."""

    def __init__(
        self,
        installation: Installation,
        *,
        sites: Sequence[Path] = (),
        rules: Sequence[Path] = (),
        now: int = 0,
    ) -> None:
        """Take what the files `sites` and `rules` say now; without files it never changes."""
        self._sites = tuple(sites)
        self._rules = tuple(rules)
        self._lock = threading.Lock()
        self.installation = installation
        """The assets that the process started with, and the rules and tuning of the files."""
        self.generation = 0
        """Counts the readings that changed it."""
        self.last = Reload(at=now)
        self._read = self._seen = self._stamp()

    @classmethod
    def open(cls, *, sites: Sequence[Path], rules: Sequence[Path], now: int) -> Self:
        """Return the book of what the files say.

        Raises:
            FilesInvalid: with every mistake in all of them.
        """
        return cls(load_installation(sites=sites, rules=rules), sites=sites, rules=rules, now=now)

    @property
    def is_outdated(self) -> bool:
        """Whether the files have changed since they were read, and not since this was last asked."""
        stamp = self._stamp()
        at_rest, self._seen = stamp == self._seen, stamp
        return at_rest and stamp != self._read

    def reload(self, now: int) -> Reload:
        """Read the files again and return what came of it; with a mistake in any, nothing changes."""
        with self._lock:
            self._read = self._stamp()
            if self._sites:
                self._take(reread_files(self.installation, sites=self._sites, rules=self._rules), now)
            else:
                self.last = Reload(at=now)
            return self.last

    def _take(self, reread: Reread, now: int) -> None:
        errors = tuple(str(problem) for problem in reread.problems)
        self.last = Reload(at=now, ok=not errors, errors=errors, restart_needed=reread.restart_needed)
        if reread.restart_needed:
            log.warning("restart needed", extra={"for": "; ".join(reread.restart_needed)})
        if reread.installation is None:
            log.error("rules not reloaded", extra={"errors": "; ".join(errors)})
            return
        if reread.installation != self.installation:
            self.installation = reread.installation
            self.generation += 1
        log.info("rules reloaded", extra={"rules": sum(map(len, self.installation.rules.values()))})

    def _stamp(self) -> _Stamp:
        return tuple(_stamps([*self._sites, *self._packs(), *rule_files(self._rules, Problems())]))

    def _packs(self) -> Iterator[Path]:
        if self._sites:
            yield from (each for each in shipped_packs().values() if isinstance(each, Path))


def _stamps(files: Sequence[Path]) -> Iterator[tuple[str, int, int, int]]:
    for file in files:
        try:
            found = file.stat()
        except OSError:
            yield str(file), 0, 0, 0
        else:
            yield str(file), found.st_ino, found.st_size, found.st_mtime_ns

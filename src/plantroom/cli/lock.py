"""One process owns a data directory at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click


@contextmanager
def owned_by_all(folder: Path) -> Iterator[None]:
    """Own `folder` and what `plantroom ingest` and `plantroom api` own in it when they run apart.

    Raises:
        click.ClickException: another process owns one of them.
    """
    with ExitStack() as stack:
        for part in (folder, folder / "ingest", folder / "api"):
            stack.enter_context(owned(part))
        yield


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Own `folder`, made if missing, until the block ends or the process does.

    Raises:
        click.ClickException: another process owns it, or it cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("a+", encoding="ascii")
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be used: {error.strerror}") from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "another process"
            raise click.ClickException(
                f"{folder} is in use by process {owner}: stop it, or choose another --data"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield

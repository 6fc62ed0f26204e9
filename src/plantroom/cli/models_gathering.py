"""Where what models learn comes from, by the options of the command line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from plantroom.cli.history_place import Where
from plantroom.cli.models_minutes import open_minutes
from plantroom.cli.models_tasks import LOOK_BACK, Gathering
from plantroom.cli.models_trouble import Trouble, trouble_behind, trouble_in
from plantroom.cli.rules_api import ApiSamples
from plantroom.cli.wiring import models_folder
from plantroom.domain.installation import Installation
from plantroom.storage.models.registry import Registry


@contextmanager
def gathering_of(
    installation: Installation, given: dict[str, Any], *, since: int | None
) -> Iterator[Gathering]:
    """Give it, for readings `since` then (ms), None for lately.

    Raises:
        click.ClickException: there are no readings, or they cannot be reached.
    """
    now = round(time.time() * 1000)
    where = Where(**{name: given[name] for name in ("data", "influx", "api", "api_token")})
    raised_since = (since or now) - LOOK_BACK // timedelta(milliseconds=1)
    with open_minutes(where, given["recordings"], installation) as (minutes, api):
        yield Gathering(
            installation=installation,
            minutes=minutes,
            trouble=_trouble(given, api, since=raised_since),
            registry=Registry(models_folder(given["models"], given["data"])),
            now=now,
        )


def _trouble(given: dict[str, Any], api: ApiSamples | None, *, since: int) -> Trouble:
    """Return what was wrong with the machines: from the API, else from the records."""
    if given["recordings"]:
        return Trouble(is_known=False)
    if api is not None:
        return trouble_behind(api, since=since)
    if given["api"] is not None:
        with ApiSamples(given["api"], given["api_token"]) as asked:
            return trouble_behind(asked, since=since)
    return trouble_in(given["database"], given["data"], since=since)

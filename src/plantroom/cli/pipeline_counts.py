"""What a running pipeline says that it has counted."""

from dataclasses import dataclass, fields
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from plantroom.domain.errors import ApiUnavailable

TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Totals since the pipeline started, or between two moments; named as in `/metrics`."""

    messages: int = 0
    """Kept and acknowledged, those of unknown devices included."""
    values: int = 0
    stored_samples: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    unknown_device_messages: int = 0

    def since(self, before: "Counts") -> "Counts":
        """Return what was counted since `before`."""
        return Counts(
            **{each.name: getattr(self, each.name) - getattr(before, each.name) for each in fields(self)}
        )


class PipelineCounts:
    """The counters at an API's `/metrics`."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = f"{url.rstrip('/')}/metrics"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def read(self) -> Counts:
        """Return what is counted now.

        Raises:
            ApiUnavailable: the API does not answer, or not with a pipeline's counters.
        """
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
                answer = await client.get(self._url, headers=self._headers)
                answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ApiUnavailable(f"{self._url}: {error or type(error).__name__}") from error
        return parse_counts(answer.text, source=self._url)


def parse_counts(text: str, *, source: str) -> Counts:
    """Return the counters in a Prometheus exposition.

    Raises:
        ApiUnavailable: it has no pipeline's.
    """
    names = {f"plantroom_{each.name}_total": each.name for each in fields(Counts)}
    found = {
        names[sample.name]: int(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in names
    }
    if len(found) < len(names):
        raise ApiUnavailable(f"{source}: no pipeline's counters; is the pipeline part of this process?")
    return Counts(**found)

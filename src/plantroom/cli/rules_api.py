"""Samples through the HTTP API of a running product."""

from typing import Any, Final, Self

import httpx
import numpy as np

from plantroom.domain.errors import ApiUnavailable
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.samples import Quality
from plantroom.storage.series.port import Series

_PAGE: Final = 10_000
_TIMEOUT_S: Final = 60.0
_CODES: Final = {each.label: int(each) for each in Quality}


class ApiSamples:
    """Reads samples of one point at a time, page by page."""

    def __init__(self, url: str, token: str | None) -> None:
        self.client = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=_TIMEOUT_S,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        """See `TimeSeriesStore`.

        Raises:
            ApiUnavailable: the API does not answer, or does not know the point.
        """
        items: list[dict[str, Any]] = []
        span = {"point": point, "start": to_rfc3339(start), "end": to_rfc3339(end), "limit": _PAGE}
        cursor: str | None = None
        while len(items) < limit:
            more = {"cursor": cursor} if cursor else {}
            page = self.ask("GET", f"/assets/{asset}/samples", params=span | more)
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        return Series(
            ts=np.array([from_rfc3339(each["ts"]) for each in items], np.int64),
            value=np.array([np.nan if each["value"] is None else each["value"] for each in items], float),
            quality=np.array([_code(each["quality"]) for each in items], np.uint8),
        )

    def ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Return the document that a request is answered with.

        Raises:
            ApiUnavailable: there is no answer, or it is a refusal.
        """
        try:
            answer = self.client.request(method, path, **request)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise ApiUnavailable(f"{error.request.url}: {error.response.text.strip()[:200]}") from error
        except httpx.HTTPError as error:
            raise ApiUnavailable(f"{self.client.base_url}: {error or type(error).__name__}") from error
        document: dict[str, Any] = answer.json()
        return document


def _code(label: str) -> int:
    return _CODES[label] if label in _CODES else int(label)

"""InfluxDB 3, by its HTTP API: a database for each tier.

Policies are databases there, named `database/policy`, but for the default one. Its core edition has no tokens
but an administrator's, and cannot change for how long a database is kept.

Source: InfluxDB 3 Core API, https://docs.influxdata.com/influxdb3/core/api/v3/.
"""

from typing import Any, Final

import httpx

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom.storage.series.influx.administration.plan import RAW, TIERS, Outcome, Plan, State, kept

_TIMEOUT_S: Final = 20.0
_PATH: Final = "/api/v3/configure/database"
_NAME: Final = "iox::database"
_DENIED: Final = frozenset({401, 403})


def set_up(address: InfluxAddress, plan: Plan) -> Outcome:
    """Make and check the databases that `plan` wants of the server at `address`.

    Raises:
        StoreUnavailable: the server is away, or does not let us.
        StoreRejected: it does not take a request.
    """
    outcome = Outcome()
    headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
    with httpx.Client(base_url=address.url, headers=headers, timeout=_TIMEOUT_S) as client:
        listed = _call(client, "GET", params={"format": "json"}).json()
        there = {each[_NAME] for each in listed}
        for tier in TIERS:
            name = plan.database if tier == RAW else f"{plan.database}/{tier}"
            if name in there:
                outcome.add(
                    "database", name, State.PRESENT, "the server does not say for how long it is kept"
                )
            elif plan.only_check:
                outcome.add("database", name, State.MISSING)
            else:
                days = plan.days[tier]
                wanted = {"db": name} | ({"retention_period": f"{days}d"} if days else {})
                _call(client, "POST", json=wanted)
                outcome.add("database", name, State.MADE, kept(days))
    return outcome


def _call(client: httpx.Client, method: str, **request: Any) -> httpx.Response:
    try:
        answer = client.request(method, _PATH, **request)
    except httpx.HTTPError as error:
        raise StoreUnavailable(f"InfluxDB at {client.base_url}: {error or type(error).__name__}") from error
    said = f"InfluxDB at {client.base_url}: {answer.status_code} {answer.text.strip()[:500]}"
    if answer.status_code in _DENIED:
        raise StoreUnavailable(f"{said}: give an administrator's token in --influx")
    if answer.status_code >= 500:
        raise StoreUnavailable(said)
    if not answer.is_success:
        raise StoreRejected(said)
    return answer

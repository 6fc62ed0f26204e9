"""The data sources as a running Grafana takes them: the provisioned ones with addresses and secrets."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plantroom.dashboards.provision import data_sources
from plantroom.dashboards.queries import READINGS, RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Where Grafana finds the readings, and who it is there."""

    url: str
    database: str
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def authorization(self) -> str:
        """The header that says so."""
        if self.token:
            return f"Token {self.token}"
        return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Where Grafana finds the records, and who it is there."""

    address: str
    """`host:port`."""
    database: str
    user: str
    password: str = field(default="", repr=False)
    sslmode: str = "disable"


def uid_of(name: str) -> str:
    """Return the uid of the data source of `readings` or `records`."""
    return str({"readings": READINGS, "records": RECORDS}[name].uid)


def readings_source(readings: Readings) -> dict[str, Any]:
    """Return the data source of the readings."""
    return _filled(
        uid_of("readings"),
        {
            "INFLUX_URL": readings.url,
            "INFLUX_DATABASE": readings.database,
            "INFLUX_AUTHORIZATION": readings.authorization,
        },
    )


def records_source(records: Records) -> dict[str, Any]:
    """Return the data source of the records."""
    return _filled(
        uid_of("records"),
        {
            "POSTGRES_ADDRESS": records.address,
            "POSTGRES_DATABASE": records.database,
            "POSTGRES_USER": records.user,
            "POSTGRES_PASSWORD": records.password,
            "POSTGRES_SSLMODE": records.sslmode,
        },
    )


def _filled(uid: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the provisioned data source of that uid, `values` being those of Grafana's environment."""
    known = {f"$PLANTROOM_GRAFANA_{name}": value for name, value in values.items()}

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: filled(each) for key, each in part.items()}
        return known.get(part, part) if isinstance(part, str) else part

    (found,) = (each for each in data_sources()["datasources"] if each["uid"] == uid)
    document: dict[str, Any] = filled(found)
    del document["editable"]  # only files of provisioning say that
    return document

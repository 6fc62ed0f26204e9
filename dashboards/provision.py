"""The files by which Grafana finds data sources and dashboards at its start."""

from collections.abc import Mapping
from typing import Any, Final

from plantroom.dashboards.board import LANGUAGES
from plantroom.dashboards.queries import READINGS, RECORDS

FOLDERS: Final[Mapping[str, str]] = {"en": "Plantroom", "zh": "Plantroom 设施监控"}
"""Titles of the folders, by language; their uids are `plantroom-en` and `plantroom-zh`."""
DASHBOARDS_PATH: Final = "/var/lib/grafana/dashboards"
"""Where the folder of dashboards is seen by Grafana."""
NAMES: Final = {READINGS.uid: "Plantroom readings", RECORDS.uid: "Plantroom records"}


def folder_uid(language: str) -> str:
    """Return the uid of the folder of one language's dashboards."""
    return f"plantroom-{language}"


def providers() -> dict[str, Any]:
    """Return what tells Grafana where the dashboards' files are."""
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": folder_uid(language),
                "orgId": 1,
                "type": "file",
                "folder": FOLDERS[language],
                "folderUid": folder_uid(language),
                "disableDeletion": False,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 60,
                "options": {"path": f"{DASHBOARDS_PATH}/{language}"},
            }
            for language in LANGUAGES
        ],
    }


def data_sources() -> dict[str, Any]:
    """Return the data sources; addresses and credentials are variables of Grafana's environment."""
    return {"apiVersion": 1, "datasources": [_readings(), _records()]}


def _readings() -> dict[str, Any]:
    return {
        "name": NAMES[READINGS.uid],
        "uid": READINGS.uid,
        "type": READINGS.type_val,
        "access": "proxy",
        "url": "$PLANTROOM_GRAFANA_INFLUX_URL",
        "isDefault": True,
        "editable": False,
        # One header serves all versions: "Token ..." of 2.x, "Bearer ..." of 3, "Basic ..." of 1.x.
        "jsonData": {
            "version": "InfluxQL",
            "dbName": "$PLANTROOM_GRAFANA_INFLUX_DATABASE",
            "httpMode": "POST",
            "httpHeaderName1": "Authorization",
        },
        "secureJsonData": {"httpHeaderValue1": "$PLANTROOM_GRAFANA_INFLUX_AUTHORIZATION"},
    }


def _records() -> dict[str, Any]:
    return {
        "name": NAMES[RECORDS.uid],
        "uid": RECORDS.uid,
        "type": RECORDS.type_val,
        "access": "proxy",
        "url": "$PLANTROOM_GRAFANA_POSTGRES_ADDRESS",
        "user": "$PLANTROOM_GRAFANA_POSTGRES_USER",
        "editable": False,
        "jsonData": {
            "database": "$PLANTROOM_GRAFANA_POSTGRES_DATABASE",
            "sslmode": "$PLANTROOM_GRAFANA_POSTGRES_SSLMODE",
            "postgresVersion": 1500,
            "maxOpenConns": 10,
        },
        "secureJsonData": {"password": "$PLANTROOM_GRAFANA_POSTGRES_PASSWORD"},
    }

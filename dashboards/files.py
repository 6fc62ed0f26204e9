"""Dashboards and provisioning as files, the same bytes for the same installation."""

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from plantroom.dashboards.board import LANGUAGES
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.provision import data_sources, providers
from plantroom.dashboards.registry import boards
from plantroom.dashboards.variables import CONSOLE_URL

_HEADING: Final = "# Written by `plantroom dashboards build`; change the code instead.\n"


def files(plant: Plant, *, console_url: str = CONSOLE_URL) -> Mapping[str, str]:
    """Return the contents of every file, by its path below the output folder."""
    built = {
        f"built/{language}/{board.name}.json": _json(board.document(language, console_url=console_url))
        for board in boards(plant)
        for language in LANGUAGES
    }
    return built | {
        "provisioning/dashboards/plantroom.yaml": _yaml(providers()),
        "provisioning/datasources/plantroom.yaml": _yaml(data_sources()),
    }


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _yaml(document: Mapping[str, Any]) -> str:
    return _HEADING + yaml.safe_dump(document, allow_unicode=True, sort_keys=False)

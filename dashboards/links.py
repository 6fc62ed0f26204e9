"""Where one can go from here: other dashboards, and the console's pages."""

import re
from hashlib import sha256
from typing import Final

from grafana_foundation_sdk.models.dashboard import DashboardLink, DashboardLinkType

from plantroom.dashboards.panel import DataLink
from plantroom.domain.text import Text

TAG: Final = "plantroom"
_LONGEST: Final = 37
"""Characters of a uid without its language: Grafana takes 40."""

_OTHERS: Final = Text(en="Dashboards", zh="仪表板")
_CONSOLE: Final = Text(en="Console", zh="控制台")


def uid(name: str, language: str) -> str:
    """Return the uid of a dashboard's edition."""
    whole = f"plantroom-{name}"
    if len(whole) > _LONGEST:
        whole = f"{whole[: _LONGEST - 9]}-{sha256(name.encode()).hexdigest()[:8]}"
    return f"{whole}-{language}"


def board_of(asset_class: str) -> str:
    """Return the name of the dashboard of one machine of a class."""
    return f"asset-{re.sub('[^A-Za-z0-9]', '-', asset_class)}"


def header(language: str) -> list[DashboardLink]:
    """Return the links at the top of every dashboard: all others of the language, and the console."""
    return [
        DashboardLink(
            title=_OTHERS.in_language(language),
            type_val=DashboardLinkType.DASHBOARDS,
            icon="dashboard",
            tags=[TAG, language],
            as_dropdown=True,
            include_vars=True,
            keep_time=True,
        ),
        DashboardLink(
            title=_CONSOLE.in_language(language),
            type_val=DashboardLinkType.LINK,
            icon="external link",
            url="${console}/",
            target_blank=True,
        ),
    ]


def both(url: str) -> Text:
    """Return an address that has the language's code where `{language}` stands."""
    return Text(en=url.replace("{language}", "en"), zh=url.replace("{language}", "zh"))


def to_asset(asset_class: str, *, named: str = "${__field.labels.asset}") -> DataLink:
    """Return the way from a reading to its machine's dashboard; `named`: where Grafana finds the id."""
    return DataLink(
        title=Text(en="Readings of the machine", zh="设备读数"),
        url=both(f"/d/{uid(board_of(asset_class), '{language}')}?var-asset={named}&${{__url_time_range}}"),
    )


def to_console(named: str = "${__field.labels.asset}") -> DataLink:
    """Return the way from a machine's reading to its page in the console."""
    return DataLink(
        title=Text(en="Machine in the console", zh="控制台中的设备"), url=both(f"${{console}}/assets/{named}")
    )


def to_alarm(named: str = "${__data.fields.id}") -> DataLink:
    """Return the way from a row to the alarm's page in the console."""
    return DataLink(
        title=Text(en="Alarm in the console", zh="控制台中的报警"), url=both(f"${{console}}/alarms/{named}")
    )


def to_work_order(named: str = "${__data.fields.order}") -> DataLink:
    """Return the way from a row to the work order's page in the console."""
    return DataLink(
        title=Text(en="Work order in the console", zh="控制台中的工单"),
        url=both(f"${{console}}/work-orders/{named}"),
    )

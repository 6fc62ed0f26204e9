"""What a reader chooses, and what Grafana works out from it."""

from dataclasses import dataclass
from typing import Final, Protocol

from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableHide,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
    VariableType,
)

from plantroom.dashboards.queries import READINGS
from plantroom.domain.text import Text

ALL: Final = "$__all"
_SPAN: Final = "(${__to} - ${__from})"
_TIERS: Final = (
    f'FROM "hours"."plantroom_tiers" WHERE "span_from_s" * 1000 <= {_SPAN} AND "span_to_s" * 1000 > {_SPAN}'
)


class Variable(Protocol):
    """A named value that queries and links use."""

    @property
    def name(self) -> str:
        """How it is called in queries."""

    def build(self, language: str) -> VariableModel:
        """Return it as the SDK has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A variable whose values a query returns."""

    name: str
    query: str
    label: Text
    source: DataSourceRef = READINGS
    several: bool = True
    """Whether several values can be chosen, and all of them."""
    hidden: bool = False
    of_range: bool = False
    """Whether its values depend on the chosen time."""
    keeping: str = ""
    """Regular expression of the values to keep."""

    def build(self, language: str) -> VariableModel:
        """Return it as the SDK has it."""
        return VariableModel(
            type_val=VariableType.QUERY,
            name=self.name,
            label=self.label.in_language(language),
            hide=VariableHide.HIDE_VARIABLE if self.hidden else VariableHide.DONT_HIDE,
            query={"query": self.query, "refId": f"variable-{self.name}"},
            datasource=self.source,
            current=VariableOption(selected=True, text=[_ALL_TEXT.in_language(language)], value=[ALL])
            if self.several
            else VariableOption(text="", value=""),
            multi=self.several,
            include_all=self.several,
            all_value=".*" if self.several else None,
            allow_custom_value=False,
            refresh=(
                VariableRefresh.ON_TIME_RANGE_CHANGED if self.of_range else VariableRefresh.ON_DASHBOARD_LOAD
            ),
            sort=VariableSort.DISABLED if self.hidden else VariableSort.NATURAL_ASC,
            regex=self.keeping,
        )


_ALL_TEXT: Final = Text(en="All", zh="全部")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A value that is the same for all readers; an administrator changes it in the dashboard's settings."""

    name: str
    value: str

    def build(self, language: str) -> VariableModel:
        """Return it as the SDK has it."""
        del language
        return VariableModel(
            type_val=VariableType.CONSTANT,
            name=self.name,
            hide=VariableHide.HIDE_VARIABLE,
            query=self.value,
            current=VariableOption(selected=True, text=self.value, value=self.value),
            skip_url_sync=True,
        )


def _hidden(name: str, selected: str, keeping: str = "") -> Asked:
    return Asked(
        name=name,
        query=f"SELECT {selected} {_TIERS}",
        label=Text(en=name, zh=name),
        several=False,
        hidden=True,
        of_range=True,
        keeping=keeping,
    )


# A tag cannot be asked for without a field; the figure that comes with it is not kept.
TIER: Final = _hidden("tier", '"rp", "span_from_s"', keeping="/^[A-Za-z].*$/")
"""The tier that fits the chosen span: raw readings, minutes or hours."""
LAST: Final = _hidden("last", '"last"')
"""What a field's name ends with in that tier, where the last value of a bucket is asked for."""
MAX: Final = _hidden("max", '"max"')
MIN: Final = _hidden("min", '"min"')

SITE: Final = Asked(name="site", query='SHOW TAG VALUES WITH KEY = "site"', label=Text(en="Site", zh="项目"))


CONSOLE_URL: Final = "http://localhost:8080"
"""Where the console is, unless told."""


def console(url: str) -> Constant:
    """Return the address of the console that links lead to."""
    return Constant(name="console", value=url.rstrip("/"))


def assets_of(*classes: str, several: bool = True) -> Asked:
    """Return the choice of machines of some classes at the chosen sites."""
    measurements = "|".join(classes)
    return Asked(
        name="asset",
        query=(
            f'SHOW TAG VALUES FROM /^({measurements})$/ WITH KEY = "asset" '
            'WHERE "site" =~ /^${site:regex}$/'
        ),
        label=Text(en="Asset", zh="设备"),
        several=several,
    )

"""Alarm periods on the charts, one layer per severity, from the records."""

from dataclasses import dataclass

from grafana_foundation_sdk.models.dashboard import AnnotationQuery, AnnotationTarget

from plantroom.dashboards.colours import SEVERITY
from plantroom.dashboards.queries import RECORDS
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text

_NAMES = {
    Severity.CRITICAL: Text(en="Alarms: critical", zh="报警：紧急"),
    Severity.MAJOR: Text(en="Alarms: major", zh="报警：重要"),
    Severity.WARNING: Text(en="Alarms: warning", zh="报警：预警"),
}


class SqlTarget(AnnotationTarget):
    """A query of the records as an annotation's; the SDK knows Grafana's own annotations only."""

    def __init__(self, *, sql: str) -> None:
        super().__init__()
        self.sql = sql

    def to_json(self) -> dict[str, object]:
        """Return what is written into the dashboard."""
        return {
            "refId": "Anno",
            "editorMode": "code",
            "rawQuery": True,
            "rawSql": self.sql,
            "format": "table",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPeriods:
    """The periods during which alarms of one severity were active, on the chosen machines."""

    severity: Severity
    where: str
    """Which of the alarms `a`, in SQL."""

    def build(self, language: str) -> AnnotationQuery:
        """Return it as the SDK has it."""
        return AnnotationQuery(
            name=_NAMES[self.severity].in_language(language),
            datasource=RECORDS,
            enable=True,
            icon_color=SEVERITY[self.severity],
            target=SqlTarget(sql=self._sql(language)),
        )

    def _sql(self, language: str) -> str:
        return (
            "SELECT p.activated_at AS time, "
            "COALESCE(p.ended_at, (EXTRACT(EPOCH FROM now()) * 1000)::bigint) AS timeend, "
            f"a.asset || ': ' || a.title_{language} AS text, a.asset || ',' || a.rule AS tags, a.id AS id "
            "FROM activations p JOIN alarms a ON a.id = p.alarm_id "
            f"WHERE a.severity = '{self.severity.value}' AND NOT a.suppressed AND {self.where} "
            "AND p.activated_at <= ${__to} AND COALESCE(p.ended_at, ${__to}) >= ${__from} "
            "ORDER BY p.activated_at DESC LIMIT 200"
        )


OF_ASSETS = "a.site ~ '^${site:regex}$' AND a.asset ~ '^${asset:regex}$'"


def alarm_periods(where: str = OF_ASSETS) -> list[AlarmPeriods]:
    """Return the layers, the gravest first; `info` is left out, for it would hide the others."""
    return [AlarmPeriods(severity=severity, where=where) for severity in _NAMES]

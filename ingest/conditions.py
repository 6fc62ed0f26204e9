"""Alarms that the pipeline raises itself, about itself and about instruments: no rule file decides them."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.names import SYSTEM_ASSET
from plantroom.domain.rule import Dependence, Severity, WorkOrderTemplate
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority
from plantroom.ingest.presence.status import Cause

SPOOL_FULL: Final = "system-spool-full"
STORE_AWAY: Final = "system-store-away"
BROKER_AWAY: Final = "system-broker-away"
MODEL_OFF: Final = "system-model-off"
DEVICE_CLOCK: Final = "device-clock-wrong"
ASSET_OFFLINE: Final = "asset-offline"


def _offline(en: str, zh: str, *, severity: Severity) -> AlarmText:
    return AlarmText(
        severity=severity,
        group=ASSET_OFFLINE,
        title=Text(en=en, zh=zh),
        work_order=WorkOrderTemplate(priority=Priority.NORMAL, skill="monitoring"),
        inhibits=(Dependence.GATEWAY,),
    )


_OFFLINE_TITLES: Final[Mapping[Cause, tuple[str, str]]] = {
    Cause.SILENT: ("no readings", "读数中断"),
    Cause.SAID_OFFLINE: ("it has signed off or lost its connection", "已下线或连接中断"),
    Cause.SPARKPLUG_DEATH: ("its Sparkplug node or device has died", "Sparkplug 节点或设备已失联"),
    Cause.NEVER_HEARD: ("never heard of", "从未收到数据"),
}
_TEXTS: Final[Mapping[str, AlarmText]] = {
    SPOOL_FULL: AlarmText(
        severity=Severity.CRITICAL,
        group=SPOOL_FULL,
        title=Text(
            en="Disk or spool full: readings wait at the broker", zh="磁盘或缓存已满:读数滞留在消息服务器"
        ),
        work_order=WorkOrderTemplate(priority=Priority.URGENT, skill="it"),
    ),
    STORE_AWAY: AlarmText(
        severity=Severity.MAJOR,
        group=STORE_AWAY,
        title=Text(en="Time-series store away: readings are spooled", zh="时序数据库不可用:读数暂存本地"),
    ),
    BROKER_AWAY: AlarmText(
        severity=Severity.CRITICAL,
        group=BROKER_AWAY,
        title=Text(en="Message broker away: no readings arrive", zh="消息服务器断开:收不到读数"),
    ),
    MODEL_OFF: AlarmText(
        severity=Severity.WARNING,
        group=MODEL_OFF,
        title=Text(en="Models switched off: they fail", zh="模型运行出错,已停用"),
    ),
    DEVICE_CLOCK: AlarmText(
        severity=Severity.WARNING,
        group=DEVICE_CLOCK,
        title=Text(en="Device clock wrong", zh="设备时钟错误"),
        work_order=WorkOrderTemplate(priority=Priority.LOW, skill="instruments"),
    ),
    **{
        f"{ASSET_OFFLINE}/{cause.name.lower()}": _offline(
            f"Asset offline: {en}", f"设备离线:{zh}", severity=Severity.WARNING
        )
        for cause, (en, zh) in _OFFLINE_TITLES.items()
    },
    **{
        f"{ASSET_OFFLINE}/{cause.name.lower()}/gateway": _offline(
            f"Gateway offline: {en}", f"网关离线:{zh}", severity=Severity.MAJOR
        )
        for cause, (en, zh) in _OFFLINE_TITLES.items()
    },
}
"""By rule and variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Whether one condition holds, as just seen."""

    rule: str
    holds: bool
    at: int
    """When it was seen, ms since the epoch, UTC."""
    site: str
    asset: str = SYSTEM_ASSET
    value: float | None = None
    unit: str = ""
    reason: str = ""
    variant: str = ""
    """Which of the rule's texts it has, where there are several."""


class Conditions:
    """Which of them hold; turns what is observed into transitions, once for each change."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str, str], Transition] = {}
        self._variants: dict[tuple[str, str, str], str] = {}

    def observe(self, observations: Iterable[Observation]) -> list[Transition]:
        """Return what changed."""
        changes = (self._observe(observation) for observation in observations)
        return [change for change in changes if change is not None]

    def would_change(self, seen: Observation) -> bool:
        """Return whether `seen` is news."""
        return seen.holds != ((seen.site, seen.asset, seen.rule) in self._active)

    def forget(self, seen: Observation) -> None:
        """Take it that the condition of `seen` was never observed."""
        self._active.pop((seen.site, seen.asset, seen.rule), None)

    def _observe(self, seen: Observation) -> Transition | None:
        key = (seen.site, seen.asset, seen.rule)
        active = self._active.get(key)
        if not self.would_change(seen):
            return None
        transition = Transition(
            site=seen.site,
            asset=seen.asset,
            rule=seen.rule,
            kind=TransitionKind.ACTIVATED if active is None else TransitionKind.CLEARED,
            at=seen.at,
            activated_at=seen.at if active is None else active.activated_at,
            text=_TEXTS[seen.rule + seen.variant] if active is None else active.text,
            value=seen.value,
            unit=seen.unit,
            reason=seen.reason,
        )
        if active is None:
            self._active[key] = transition
            self._variants[key] = seen.variant
        else:
            del self._active[key]
        return transition

    def active(self) -> list[Transition]:
        """Return the activation of each condition that holds."""
        return list(self._active.values())

    def snapshot(self) -> list[list[Any]]:
        """Return what `restore` needs, JSON-able; without a full spool, which is told past the journal."""
        return [
            [*key, held.activated_at, held.value, held.unit, held.reason, self._variants[key]]
            for key, held in self._active.items()
            if held.rule != SPOOL_FULL
        ]

    def restore(self, rows: Iterable[list[Any]]) -> None:
        """Take up where `snapshot` left off."""
        for site, asset, rule, at, value, unit, reason, *variant in rows:
            if rule + "".join(variant) not in _TEXTS:
                continue
            self._observe(
                Observation(
                    rule=rule,
                    holds=True,
                    at=at,
                    site=site,
                    asset=asset,
                    value=value,
                    unit=unit,
                    reason=reason,
                    variant="".join(variant),
                )
            )

    def withdraw(self, *, known: Container[str], at: int) -> list[Transition]:
        """Forget what holds of assets that are in no file any more; return that it is withdrawn."""
        gone = [key for key in self._active if key[1] != SYSTEM_ASSET and key[1] not in known]
        return [
            replace(self._active.pop(key), kind=TransitionKind.WITHDRAWN, at=at, reason="asset was removed")
            for key in gone
        ]

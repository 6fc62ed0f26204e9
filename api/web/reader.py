"""Who reads the page, and what its templates are given for them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from plantroom.api.access.gate import Viewer, find_identity
from plantroom.api.access.identity import Identity, Role
from plantroom.api.act import Act
from plantroom.api.modelling.asking import sayer
from plantroom.api.services import Services, ServicesOf
from plantroom.api.web.lists import next_actions, open_alarms, open_orders, put_back_path
from plantroom.api.web.places import Places
from plantroom.api.web.render import moment
from plantroom.api.web.texts import WORDS
from plantroom.api.web.voice import Voice, choose_language
from plantroom.domain.alarm_policy import milliseconds
from plantroom.domain.repair import Action
from plantroom.storage.records import set_asides

LANGUAGE_COOKIE: Final = "plantroom_language"
ASSETS_SHOWN: Final = 50
ASIDE_SHOWN: Final = 100
SCRIPT_WORDS: Final = (
    *(
        "live",
        "connecting",
        "lost",
        "lost_long",
        "refused",
        "stale",
        "bad",
        "age_unknown",
        "no_samples",
        "no_chart",
        "ends_soon",
    ),
    *("ago_s", "ago_min", "ago_h", "ago_d", "time", "mean", "min", "max"),
    *(name for name in WORDS if name.startswith("severity.")),
)


def voice_for(request: Request) -> Voice:
    """Return how to speak to who sent `request`."""
    language = choose_language(
        wanted=request.cookies.get(LANGUAGE_COOKIE), accepted=request.headers.get("accept-language", "")
    )
    return Voice(language=language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads the page, and how it speaks to them."""

    services: Services
    identity: Identity
    voice: Voice

    @property
    def places(self) -> Places:
        """The assets as they are called to this reader."""
        return Places(services=self.services, voice=self.voice)

    def base(self) -> dict[str, Any]:
        """Return what every template is given."""
        return {
            "voice": self.voice,
            "clock_rate": self.services.clock_rate,
            "me": self.identity.name,
            "may_act": self.identity.role.may(Role.OPERATOR),
            "may_change": self.identity.role.may(Role.ENGINEER),
            "may_all": self.identity.role.may(Role.ADMIN),
            "now": self.services.clock(),
            "rule_of": self.services.rules.installation.rule,
            "put_back_path": put_back_path,
            "cancel": Action.CANCEL,
            "place": self.places.place,
            "moment": partial(moment, now=self.services.clock()),
            "clock_time": self._clock_time,
            "next_actions": next_actions,
            "said_of": sayer(self.services),
        }

    def _clock_time(self, ms: int) -> str:
        return datetime.fromtimestamp(ms / 1000, self.places.zone).strftime("%H:%M")

    def shell(self) -> dict[str, Any]:
        """Return what whole pages are given beside."""
        words = {name: WORDS[name].in_language(self.voice.language) for name in SCRIPT_WORDS}
        return {
            "title": self.places.title,
            "zone": self.places.zone.key,
            "script_words": {**words, "language": self.voice.language},
            **self.base(),
            **self.health(),
        }

    def alarms(self, *, suppressed: bool = False) -> dict[str, Any]:
        """Return what the list of alarms is given."""
        with self.services.records.read() as connection:
            found = open_alarms(connection, now=self.services.clock(), suppressed=suppressed)
        return {
            "whole": "",
            "showing": "suppressed" if suppressed else "open",
            "open_total": found.open,
            "suppressed_total": found.suppressed,
            "folded": found.folded,
            "roots": found.roots,
            "alarms": found.items,
            "alarm_total": found.total,
            "unacknowledged": found.unacknowledged,
            "notes": found.notes,
            "known_assets": self.services.installation.table.asset_number,
            "flood": found.flood,
        }

    def set_asides(self, *, asset: str | None = None) -> dict[str, Any]:
        """Return what the list of what is set aside is given: all, or on one asset."""
        now = self.services.clock()
        soon = now + milliseconds(self.services.policy.shelving.remind_before)
        with self.services.records.read() as connection:
            act = Act(connection=connection, who=self.identity.name, now=now)
            found = set_asides.holding(connection, now=now, assets=None if asset is None else [asset])
            listed = [
                (act.set_aside_document(each), each.until is not None and each.until <= soon)
                for each in found[:ASIDE_SHOWN]
            ]
        return {"set_asides": listed, "set_aside_total": len(found)}

    def orders(self) -> dict[str, Any]:
        """Return what the list of work orders is given."""
        with self.services.records.read() as connection:
            found = open_orders(connection)
        return {"orders": found.items, "order_total": found.total, "to_judge": found.to_judge}

    def readings(self, find: str = "", *, asset: str | None = None) -> dict[str, Any]:
        """Return what the list of assets is given: those found, or the one of that id."""
        cards = self.places.cards(find=find, asset=asset, limit=ASSETS_SHOWN + 1)
        return {"assets": cards[:ASSETS_SHOWN], "more_assets": len(cards) > ASSETS_SHOWN, "find": find}

    def health(self) -> dict[str, Any]:
        """Return what the state of the pipelines is given."""
        pipelines = self.services.pipelines
        return {"reasons": pipelines.not_ready_because(), "any_heard": pipelines.any_heard}


def reader(request: Request, services: ServicesOf, identity: Viewer) -> Reader:
    """Return who sent `request`."""
    return Reader(services=services, identity=identity, voice=voice_for(request))


async def visitor(request: Request, services: ServicesOf) -> Reader | None:
    """Return who sent `request`; None: somebody who has not signed in."""
    identity = await find_identity(request, services, None)
    if identity is None:
        return None
    return Reader(services=services, identity=identity, voice=voice_for(request))


ReaderOf = Annotated[Reader, Depends(reader)]
VisitorOf = Annotated[Reader | None, Depends(visitor)]

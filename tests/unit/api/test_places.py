"""What the page says of an asset."""

from typing import cast

import pytest

from plantroom.api.pipelines import AssetStatus
from plantroom.api.services import Services
from plantroom.api.web.places import Places
from plantroom.api.web.voice import Voice
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Site


class FakeServices:
    """As much of the services as a card needs."""

    def __init__(self, status: AssetStatus) -> None:
        table = PointTable((Site(id="s", assets=(Asset(id="P-1", asset_class="pump"),)),))
        self.installation = Installation(table=table, classes={}, rules={})
        self._status = status
        self.pipelines = self.latest = self

    def asset(self, _: str) -> AssetStatus:
        return self._status

    def of_asset(self, *_: object) -> dict[str, object]:
        return {}


@pytest.mark.parametrize(
    ("status", "cause", "en", "zh"),
    [
        ("online", None, ("online", ""), ("在线", "")),
        ("stale", "silent", ("data stale", "no readings"), ("数据过期", "读数中断")),
        ("offline", "never_heard", ("offline", "never heard of"), ("离线", "从未收到数据")),
        (
            "offline",
            "gateway GW-1",
            ("offline", "gateway GW-1 is offline"),
            ("离线", "网关 GW-1 离线"),
        ),
        ("offline", "of a newer pipeline", ("offline", ""), ("离线", "")),
        ("unknown", None, ("", ""), ("", "")),
    ],
)
def test_a_card_says_how_an_asset_stands_and_why(
    status: str, cause: str | None, en: tuple[str, str], zh: tuple[str, str]
) -> None:
    services = cast("Services", FakeServices(AssetStatus(status=status, since=5, cause=cause)))

    for language, expected in (("en", en), ("zh", zh)):
        (card,) = Places(services=services, voice=Voice(language=language)).cards(find="", limit=5)
        assert (card.status, card.cause) == expected

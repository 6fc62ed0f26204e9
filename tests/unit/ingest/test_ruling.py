"""The pipeline watches by the rules of the files, as people change them, and loses nothing at a change."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom.domain.alarm import Transition
from plantroom.ingest.health import Health
from plantroom.ingest.ruling import Ruling
from plantroom.ingest.watch import Watch
from plantroom.storage.files.rule_book import RuleBook
from plantroom_testing.files import written

SITE = "site: s\nassets:\n  - {id: P-1, class: pump}\n  - {id: P-2, class: pump}\n"
RULES = "- {id: shaky, class: pump, params: {limit: 4.5 mm/s}, when: vibration > limit}\n"
NOW = 1_763_750_000_000


class FakeApi:
    """Answers what is asked for about rules."""

    def __init__(self) -> None:
        self.overrides: list[dict[str, Any]] = []
        self.reload_asked: str | None = None
        self.away = False
        self.asked: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.headers.get("If-None-Match"))
        if self.away:
            return httpx.Response(503)
        body = json.dumps({"overrides": self.overrides, "reload_asked": self.reload_asked})
        tag = f'"{hash(body)}"'
        if self.asked[-1] == tag:
            return httpx.Response(304)
        return httpx.Response(200, content=body, headers={"ETag": tag})


class FakePipeline:
    def __init__(self) -> None:
        self.watches: list[Watch] = []

    async def change_rules(self, watch: Watch) -> Sequence[Transition]:
        self.watches.append(watch)
        return ()


class Bench:
    """A ruling on files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = written(folder, "rules/rules.yaml", RULES)
        self.site = written(folder, "site.yaml", SITE)
        self.book = RuleBook.open(sites=[self.site], rules=[self.rules.parent], now=NOW)
        self.api = FakeApi()
        self.pipeline = FakePipeline()
        self.health = Health()
        self.now = NOW
        self.ruling = self.new_ruling()

    def new_ruling(self) -> Ruling:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.api), base_url="http://api")
        return Ruling(
            self.book,
            kept=self.folder / "overrides.json",
            client=client,
            health=self.health,
            clock=lambda: self.now,
        )

    def run(self, seconds: float = 0.1) -> None:
        """Let it look once: it looks at once, and then every half a second."""

        async def work() -> None:
            async with asyncio.timeout(seconds):
                await self.ruling.run(self.pipeline)

        with pytest.raises(TimeoutError):
            asyncio.run(work())

    def override(self, **changes: Any) -> None:
        self.api.overrides.append(
            {"site": "s", "asset": "P-1", "rule": "shaky", "enabled": None, "params": {}, "until": None}
            | {"reason": "try", "who": "ann", "at": "2025-11-21T00:00:00.000Z", "mistake": None}
            | changes
        )

    @property
    def limits(self) -> list[float]:
        """The limit on each asset."""
        installation = self.ruling.installation
        [rule] = installation.rules["s"]
        [site] = installation.table.sites
        return [rule.params_of(asset, site)["limit"] for asset in site.assets]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_nothing_is_changed_while_nothing_has_changed(bench: Bench) -> None:
    bench.run()

    assert bench.pipeline.watches == []
    assert bench.health.rules is not None
    assert bench.health.rules.ok


def test_what_people_change_goes_before_the_files(bench: Bench) -> None:
    bench.override(params={"limit": "0.7 cm/s"})

    bench.run()

    assert len(bench.pipeline.watches) == 1
    assert bench.limits == [7.0, 4.5]


def test_a_rule_that_was_read_again_is_watched_by(bench: Bench) -> None:
    bench.rules.write_text(RULES.replace("4.5", "5"))
    bench.book.reload(NOW + 1)

    bench.run()

    assert len(bench.pipeline.watches) == 1
    assert bench.limits == [5.0, 5.0]


def test_a_bad_file_changes_nothing_and_health_says_why(bench: Bench) -> None:
    bench.rules.write_text(RULES.replace("4.5 mm/s", "4.5 bar"))
    bench.book.reload(NOW + 1)

    bench.run()

    assert bench.pipeline.watches == []
    [reason] = [reason for reason in bench.health.reasons() if "rules" in reason]
    assert "rules.yaml:1: when: on P-1: cannot compare vibration (in mm/s) and limit (in bar)" in reason


def test_what_people_changed_survives_a_start_without_api(bench: Bench) -> None:
    bench.override(params={"limit": "7 mm/s"})
    bench.run()
    bench.api.away = True

    bench.ruling = bench.new_ruling()

    assert bench.limits == [7.0, 4.5]
    bench.run()
    assert len(bench.pipeline.watches) == 1, "the new start begins with the rules in force"


def test_an_api_that_is_away_changes_nothing(bench: Bench) -> None:
    bench.override(params={"limit": "7 mm/s"})
    bench.run()
    bench.api.away = True

    bench.run()

    assert bench.limits == [7.0, 4.5]


def test_what_was_changed_until_a_time_ends_then_even_without_api(bench: Bench) -> None:
    bench.override(enabled=False, until="2025-11-21T18:34:00.000Z")
    bench.run()
    bench.api.away = True
    bench.now += 100_000_000

    bench.run()

    assert len(bench.pipeline.watches) == 2
    assert bench.ruling.installation is bench.book.installation


def test_what_no_longer_fits_the_files_stops_no_other(bench: Bench) -> None:
    bench.override(params={"limit": "7 bar"})
    bench.override(asset="P-2", params={"limit": "7 mm/s"})

    bench.run()

    assert bench.limits == [4.5, 7.0]


def test_the_same_answer_is_not_sent_again(bench: Bench) -> None:
    bench.run()
    bench.run()

    assert bench.api.asked[0] is None
    assert bench.api.asked[1] is not None


def test_the_files_are_read_again_when_people_ask_the_api(bench: Bench) -> None:
    bench.run()
    bench.rules.write_text(RULES.replace("4.5", "5"))
    bench.api.reload_asked = "2025-11-22T00:00:00.000Z"

    bench.run()

    assert bench.limits == [5.0, 5.0]


def test_the_books_reading_in_the_same_process_is_not_repeated(bench: Bench) -> None:
    bench.run()
    read = bench.book.reload(1_763_769_600_000)
    bench.api.reload_asked = "2025-11-22T00:00:00.000Z"

    bench.run()

    assert bench.book.last is read


def test_a_damaged_file_of_changes_is_as_none(bench: Bench) -> None:
    (bench.folder / "overrides.json").write_text("{")

    bench.ruling = bench.new_ruling()

    assert bench.limits == [4.5, 4.5]

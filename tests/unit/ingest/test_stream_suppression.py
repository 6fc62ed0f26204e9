"""What is suppressed goes out as such: live, after a restart, after a crash and by other rules."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from plantroom.domain.alarm import Transition, alarm_id
from plantroom.domain.installation import Installation
from plantroom.ingest.conditions import ASSET_OFFLINE
from plantroom.ingest.notes import Notes
from plantroom.ingest.stream import Stream
from plantroom.ingest.watch import Watch
from plantroom.mqtt.message import Received
from plantroom.rules.inhibition import SETTLE
from plantroom.storage import checkpoint as checkpoints
from plantroom.storage.files import load_installation

T0 = 1_763_750_000_000
SETTLE_MS = round(SETTLE.total_seconds() * 1000)
SITE = """
site: s
assets:
  - {id: GW-1, class: gateway}
  - {id: MDB-1, class: distribution_panel}
  - {id: P-1, class: pump, fed_by: [MDB-1], gateway: GW-1}
"""
RULES = """
- {id: dead, class: distribution_panel, when: voltage_l1 < 100, inhibits: [fed_by], severity: critical}
- {id: no-flow, class: pump, when: flow < 1}
- {id: silent, class: pump, when: "missing(flow, 60 s)"}
- {id: pressure-low, class: pump, when: pressure < 1, suppress: not running}
"""
Open = Callable[[], Stream]
Told = tuple[str, str, str, int, str]
"""Asset, rule, what happened, when (ms after T0), and of which alarm it is a consequence."""


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "all.yaml").write_text(RULES)
    return load_installation(sites=[tmp_path / "site.yaml"], rules=[tmp_path / "rules"])


@pytest.fixture
def opened(tmp_path: Path, installation: Installation) -> Iterator[Open]:
    """Open streams on one folder; a stream that is opened again without being closed has crashed."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            closing(Stream(installation=installation, folder=tmp_path / "ingest"))
        )


def feed(stream: Stream, at: int, asset: str, **values: float | bool) -> list[Told]:
    payload = json.dumps({"ts": T0 + at, "values": values}).encode()
    message = Received(topic=f"plantroom/v1/s/{asset}/telemetry", payload=payload, arrived=T0 + at)
    return told(stream.apply(stream.keep(stream.take([message], now=T0 + at))))


def told(transitions: list[Transition]) -> list[Told]:
    return [(t.asset, t.rule, t.kind.value, t.at - T0, t.cause) for t in transitions]


def of(asset: str, rule: str, at: int) -> str:
    return alarm_id(site="s", asset=asset, rule=rule, activated_at=T0 + at)


MDB_DEAD = of("MDB-1", "dead", 0)


def without_power(opened: Open) -> Stream:
    stream = opened()
    feed(stream, 0, "MDB-1", voltage_l1=0.0)
    feed(stream, 1_000, "P-1", flow=0.0)
    return stream


def test_a_consequence_goes_out_with_its_cause(opened: Open) -> None:
    stream = without_power(opened)

    sent = [document for _, document in stream.outbox.peek(10)]

    assert [(each["rule"], each["suppressed"], each["cause"]) for each in sent] == [
        ("dead", False, ""),
        ("no-flow", True, MDB_DEAD),
    ]


def test_what_is_active_is_sent_again_with_its_cause(opened: Open) -> None:
    active = {each.rule: each for each in without_power(opened).active()}

    assert (active["no-flow"].suppressed, active["no-flow"].cause) == (True, MDB_DEAD)
    assert not active["dead"].suppressed


@pytest.mark.parametrize("end", [Stream.close, Stream.save, lambda _: None], ids=["stop", "saved", "crash"])
def test_a_restart_remembers_what_was_lost(opened: Open, end: Callable[[Stream], None]) -> None:
    before = without_power(opened)
    feed(before, 5_000, "MDB-1", voltage_l1=230.0)
    end(before)

    after = opened()

    assert feed(after, 10_000, "P-1", pressure=0.5, running=True)[-1] == (
        "P-1",
        "pressure-low",
        "activated",
        10_000,
        MDB_DEAD,
    )
    released = told(after.tick(T0 + 5_000 + SETTLE_MS))
    assert ("P-1", "no-flow", "released", 5_000 + SETTLE_MS, "") in released


def test_while_nothing_is_heard_nothing_settles(opened: Open) -> None:
    stream = without_power(opened)
    feed(stream, 5_000, "MDB-1", voltage_l1=230.0)

    deaf = told(stream.tick(T0 + 6_000 + SETTLE_MS, Notes(deaf=True)))

    assert [each for each in deaf if each[2] == "released"] == []


def test_a_checkpoint_from_before_there_was_suppression_is_looked_at_anew(
    opened: Open, tmp_path: Path
) -> None:
    before = without_power(opened)
    before.save()
    file = tmp_path / "ingest" / "checkpoint.npz"
    saved = checkpoints.load(file)
    assert saved is not None
    meta = {name: part for name, part in saved.meta.items() if name != "inhibition"}
    checkpoints.save(file, replace(saved, meta=meta))

    after = opened()
    after.send_out()

    assert [(each.rule, each.cause) for each in after.active()] == [("dead", ""), ("no-flow", MDB_DEAD)]
    assert [document["kind"] for _, document in after.outbox.peek(10)][2:] == ["suppressed"]


def test_missing_readings_follow_from_the_gateway_being_gone(opened: Open) -> None:
    stream = opened()
    feed(stream, 0, "P-1", flow=60.0)

    said = [each for second in range(1, 400) for each in told(stream.tick(T0 + 1_000 * second))]

    offline = {each[1]: each for each in said if each[2] == "activated" and each[0] == "GW-1"}
    gone = of("GW-1", ASSET_OFFLINE, offline[ASSET_OFFLINE][3])
    causes = {each[1]: each[4] for each in said if each[0] == "P-1"}
    assert causes == {"silent": gone}


def test_a_rule_suppresses_its_own_alarm_and_says_so(opened: Open) -> None:
    stream = opened()

    feed(stream, 0, "P-1", pressure=0.5, running=False)
    said = feed(stream, 5_000, "P-1", pressure=0.5, running=True)

    assert said == [("P-1", "pressure-low", "released", 5_000, "")]
    (born, _) = [document for _, document in stream.outbox.peek(10)]
    assert (born["kind"], born["suppressed"], born["cause"]) == ("activated", True, "")
    assert born["reason"] == "suppressed by its rule: not running"


def test_under_other_rules_a_consequence_stays_one(opened: Open, installation: Installation) -> None:
    stream = without_power(opened)

    assert stream.change_rules(Watch.over(installation), now=T0 + 2_000) == []
    assert feed(stream, 3_000, "P-1", pressure=0.5, running=True)[0][-1] == MDB_DEAD


def test_a_rule_that_is_no_root_any_more_releases_its_consequences(
    opened: Open, installation: Installation
) -> None:
    stream = without_power(opened)
    rules = tuple(replace(rule, inhibits=()) for rule in installation.rules["s"])

    said = stream.change_rules(Watch.over(replace(installation, rules={"s": rules})), now=T0 + 2_000)

    assert told(said) == [("P-1", "no-flow", "released", 2_000, "")]

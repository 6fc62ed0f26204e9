"""Who is powered by whom, and what one failure does to all behind it."""

from dataclasses import replace
from datetime import datetime

import pytest

from plantroom.domain.site import Asset, Site
from plantroom.simulators.electricity import Electricity
from plantroom.simulators.faults import Fault
from plantroom.simulators.machine import DEAD, LIVE, Flows, Supply, Value
from plantroom.simulators.plant import Plant
from plantroom_testing.simulation import demo_site

NOTHING = Supply(volts=DEAD, hz=0.0)
PASSES = Flows(passes=(1.0, 1.0, 1.0))


def asset(id_: str, *fed_by: str) -> Asset:
    return Asset(id=id_, asset_class="any", fed_by=fed_by)


def tree(*assets: Asset, storing: str = "") -> Electricity:
    suppliers = frozenset(feeder for each in assets for feeder in each.fed_by)
    return Electricity(Site(id="s", assets=assets), suppliers=suppliers, storing=frozenset(storing.split()))


CHAIN = (asset("TR"), asset("MAIN", "TR"), asset("SUB", "MAIN"), asset("PUMP", "SUB"))
CHOICE = (asset("TR"), asset("GEN"), asset("MAIN", "TR"), asset("EDB", "MAIN", "GEN"), asset("PUMP", "EDB"))


def test_what_nothing_feeds_gets_the_nominal_voltage() -> None:
    electricity = tree(*CHAIN)

    electricity.renew({})

    assert electricity.of("TR") == Supply()
    assert electricity.feeder_of("TR") is None


def test_a_failure_at_the_root_is_felt_at_the_far_end_at_once_and_so_is_its_end() -> None:
    electricity = tree(*CHAIN)
    panels = {"MAIN": PASSES, "SUB": PASSES}

    electricity.renew(panels | {"TR": Flows(supply=NOTHING)})
    dead = electricity.of("PUMP")
    electricity.renew(panels | {"TR": Flows(supply=Supply())})

    assert dead.volts == DEAD
    assert dead.hz == 0
    assert electricity.of("PUMP").volts == LIVE


def test_each_panel_takes_its_share_of_the_voltage() -> None:
    electricity = tree(*CHAIN)
    flows = {"TR": Flows(supply=Supply(volts=(200.0, 220.0, 240.0), hz=49.9))}
    flows |= {"MAIN": Flows(passes=(0.5, 1.0, 1.0)), "SUB": Flows(passes=(0.5, 0.9, 1.0))}

    electricity.renew(flows)

    assert electricity.of("PUMP").volts == pytest.approx((50.0, 198.0, 240.0))
    assert electricity.of("PUMP").hz == 49.9


def test_a_lost_phase_stays_lost_while_the_others_live() -> None:
    electricity = tree(*CHAIN)

    electricity.renew({"MAIN": Flows(passes=(0.0, 1.0, 1.0)), "SUB": PASSES})

    assert electricity.of("PUMP").volts == (0.0, 230.0, 230.0)
    assert not electricity.of("PUMP").is_live


def test_an_open_breaker_takes_down_what_is_behind_it_alone() -> None:
    electricity = tree(*CHAIN)

    electricity.renew({"MAIN": PASSES, "SUB": Flows(passes=DEAD)})

    assert electricity.of("SUB").is_live
    assert not electricity.of("PUMP").is_live


def test_a_transfer_switch_takes_the_first_feeder_that_is_live() -> None:
    electricity = tree(*CHOICE)
    standing = {"MAIN": PASSES, "EDB": PASSES, "GEN": Flows(supply=NOTHING)}
    failed = standing | {"TR": Flows(supply=NOTHING)}

    electricity.renew(standing)
    before = electricity.feeder_of("EDB")
    electricity.renew(failed)
    waiting = electricity.of("PUMP")
    electricity.renew(failed | {"GEN": Flows(supply=Supply(hz=50.2))})

    assert before == "MAIN"
    assert waiting.volts == DEAD
    assert electricity.feeder_of("EDB") == "GEN"
    assert electricity.of("PUMP").hz == 50.2


def test_a_feeder_that_holds_its_loads_keeps_them_though_the_mains_is_back() -> None:
    electricity = tree(*CHOICE)
    panels = {"MAIN": PASSES, "EDB": PASSES}
    holding = panels | {"GEN": Flows(supply=Supply(), holds=True)}
    electricity.renew(holding | {"TR": Flows(supply=NOTHING)})

    electricity.renew(holding)
    held = electricity.feeder_of("EDB")
    electricity.renew(panels | {"GEN": Flows(supply=Supply())})

    assert held == "GEN"
    assert electricity.feeder_of("EDB") == "MAIN"


def test_a_feeder_that_holds_takes_nobody_away_from_live_mains() -> None:
    electricity = tree(*CHOICE)

    electricity.renew({"MAIN": PASSES, "EDB": PASSES, "GEN": Flows(supply=Supply(), holds=True)})

    assert electricity.feeder_of("EDB") == "MAIN"


def test_a_store_gives_on_its_own_account() -> None:
    electricity = tree(asset("MAIN"), asset("UPS", "MAIN"), asset("SERVER", "UPS"), storing="UPS")

    electricity.renew({"MAIN": Flows(supply=NOTHING), "UPS": Flows(supply=Supply(hz=50.0))})

    assert not electricity.of("UPS").is_live
    assert electricity.of("SERVER").is_live


def test_a_panel_carries_those_alone_that_are_on_it_now() -> None:
    electricity = tree(*CHOICE)
    flows = {"EDB": Flows(electric_kw=5.0, passes=(1.0, 1.0, 1.0)), "MAIN": PASSES}
    flows |= {"GEN": Flows(supply=Supply())}

    electricity.renew(flows)
    on_mains = electricity.fed_by("MAIN", flows), electricity.fed_by("GEN", flows)
    electricity.renew(flows | {"TR": Flows(supply=NOTHING)})

    assert on_mains == ([flows["EDB"]], [])
    assert electricity.fed_by("MAIN", flows) == []
    assert electricity.fed_by("GEN", flows) == [flows["EDB"]]


def test_feeders_that_feed_each_other_do_not_hang() -> None:
    electricity = tree(asset("A", "B"), asset("B", "A"))

    electricity.renew({"A": PASSES, "B": PASSES})

    assert electricity.of("A").is_live


class Watched:
    """A plant of the demo building in a summer's afternoon, and what was seen of it by time."""

    def __init__(self, *faults: Fault) -> None:
        start = datetime(2026, 7, 15, 14, tzinfo=demo_site().timezone)
        self.plant = Plant(demo_site(), start=start, faults=faults)
        self.seen: list[tuple[float, dict[str, dict[str, Value]]]] = []

    def run(self, *, until: float, dt: float = 10.0) -> None:
        state = {} if not self.seen else dict(self.seen[-1][1])
        while self.plant.t < until:
            values = self.plant.step(dt if self.seen else 0.0)
            state |= {asset: dict(each) for asset, each in values.items()}
            self.seen.append((self.plant.t, dict(state)))

    def times(self, asset: str, point: str, *, below: float) -> list[float]:
        return [t for t, state in self.seen if float(state[asset][point]) < below]


FROM, UNTIL = 600.0, 1800.0
BEHIND_MAINS = ("MDB-1", "DB-HVAC", "DB-LIFT", "DB-SHOPS", "DB-LOW", "DB-HIGH")


@pytest.fixture(scope="module")
def outage() -> Watched:
    watched = Watched(Fault(asset="TR-1", fault="mains_failure", onset=FROM, repaired=UNTIL))
    watched.run(until=2700.0)
    return watched


@pytest.mark.parametrize("panel", BEHIND_MAINS)
def test_without_mains_all_behind_it_is_dead_within_a_step_until_it_is_back(
    outage: Watched, panel: str
) -> None:
    dead = outage.times(panel, "voltage_l1", below=20.0)

    assert dead == [FROM + 10 * (number + 1) for number in range(120)]
    assert outage.seen[100][1][panel]["power"] == 0


@pytest.mark.parametrize("panel", ["EDB-1", "DB-WATER"])
def test_the_generator_brings_the_emergency_panels_back_after_some_ten_seconds(
    outage: Watched, panel: str
) -> None:
    assert outage.times(panel, "voltage_l1", below=200.0) == [FROM + 10]


def test_the_ups_never_drops_its_load(outage: Watched) -> None:
    on_battery = [t for t, state in outage.seen if state["UPS-1"]["mode"] == "battery"]
    transfers = [float(state["UPS-1"]["transfers"]) for _, state in outage.seen]

    assert on_battery == [FROM + 10]
    assert outage.times("UPS-1", "output_voltage", below=225.0) == []
    assert transfers[-1] == transfers[0] + 1


def test_the_generator_returns_the_load_after_a_while_cools_down_and_stops(outage: Watched) -> None:
    loaded = [t for t, state in outage.seen if state["GEN-1"]["supplies"]]
    running = [t for t, state in outage.seen if state["GEN-1"]["running"]]

    assert loaded[0] == FROM + 20
    assert UNTIL + 300 <= loaded[-1] <= UNTIL + 320
    assert running[-1] == pytest.approx(loaded[-1] + 180, abs=20)


def test_everything_is_back_at_the_end(outage: Watched) -> None:
    _, before = outage.seen[int(FROM / 10) - 1]
    _, after = outage.seen[-1]

    for panel in (*BEHIND_MAINS, "EDB-1", "DB-WATER"):
        assert float(after[panel]["voltage_l1"]) == pytest.approx(float(before[panel]["voltage_l1"]), abs=3)
    assert after["MDB-1"]["breaker_closed"] is True
    assert after["GEN-1"]["mode"] == "auto"


def test_with_a_step_of_a_second_the_outage_of_the_emergency_panel_lasts_ten() -> None:
    site = demo_site()
    quick = replace(
        site,
        assets=tuple(
            replace(each, points=tuple(replace(p, every=p.every / 10) for p in each.points))
            for each in site.assets
            if each.id in ("TR-1", "MDB-1", "EDB-1", "GEN-1")
        ),
    )
    start = datetime(2026, 7, 15, 14, tzinfo=site.timezone)
    plant = Plant(
        quick, start=start, faults=[Fault(asset="TR-1", fault="mains_failure", onset=30.0, repaired=90.0)]
    )
    dead = []
    for number in range(120):
        values = plant.step(1.0 if number else 0.0)
        if float(values["EDB-1"]["voltage_l1"]) < 100:
            dead.append(plant.t)

    assert dead[0] == 31.0
    assert 9 <= len(dead) <= 12
    assert dead == [31.0 + number for number in range(len(dead))]


def test_if_the_generator_does_not_start_the_ups_carries_its_load_until_it_is_empty() -> None:
    watched = Watched(
        Fault(asset="TR-1", fault="mains_failure", onset=60.0),
        Fault(asset="GEN-1", fault="fails_to_start", onset=0.0),
    )

    watched.run(until=3600.0)
    _, early = watched.seen[-1]
    watched.run(until=8000.0, dt=60.0)
    _, late = watched.seen[-1]

    assert early["GEN-1"]["start_failed"] is True
    assert early["UPS-1"]["mode"] == "battery"
    assert 5 < float(early["UPS-1"]["battery_runtime"]) < 30
    assert late["UPS-1"]["mode"] == "off"
    assert late["UPS-1"]["output_voltage"] == 0
    assert late["EDB-1"]["power"] == 0

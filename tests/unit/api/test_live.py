"""Latest values, pipelines and hosts: what is kept in memory."""

from plantroom.api.access.hosts import _name
from plantroom.api.access.identity import Role
from plantroom.api.live.latest import Latest, LatestValues
from plantroom.api.pipelines import AssetStatus, Pipelines


def sample(asset: str = "P-101", point: str = "flow", *, ts: int = 1, value: float = 1.0) -> Latest:
    return Latest(asset=asset, point=point, ts=ts, value=value, quality="good")


class StopWatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_only_what_changed_since_is_told_and_once_per_point() -> None:
    latest = LatestValues()
    latest.put([sample(ts=1), sample(point="pressure", ts=1)])
    seen = latest.version

    latest.put([sample(ts=2)])
    latest.put([sample(ts=3, value=3.0)])

    version, changed = latest.changed_since(seen)
    assert changed == [sample(ts=3, value=3.0)]
    assert latest.changed_since(version) == (version, [])


def test_an_older_sample_replaces_nothing() -> None:
    latest = LatestValues()
    latest.put([sample(ts=5)])

    latest.put([sample(ts=4, value=9.0)])

    assert latest.of_asset("P-101", ["flow", "speed"]) == {"flow": sample(ts=5)}


def test_changes_are_told_of_the_assets_and_points_asked_for() -> None:
    latest = LatestValues()
    latest.put([sample("A", "flow"), sample("A", "speed"), sample("B", "flow")])

    def told(assets: set[str], points: set[str]) -> list[tuple[str, str]]:
        _version, changed = latest.changed_since(0, assets=assets, points=points)
        return [(each.asset, each.point) for each in changed]

    assert told({"A"}, set()) == [("A", "flow"), ("A", "speed")]
    assert told(set(), {"flow"}) == [("A", "flow"), ("B", "flow")]
    assert told({"B"}, {"speed"}) == []


def test_who_listens_hears_of_changes_until_it_stops() -> None:
    latest, heard = LatestValues(), []
    stop = latest.after_change(lambda: heard.append(latest.version))

    latest.put([sample()])
    stop()
    latest.put([sample(ts=2)])

    assert heard == [1]


def test_a_pipeline_is_silent_after_30_seconds_and_heard_again() -> None:
    watch = StopWatch()
    pipelines = Pipelines(expected=False, stopwatch=watch)
    assert pipelines.not_ready_because() == []
    pipelines.heard("p", ready=True, reasons=(), now=1_763_750_000_000)
    watch.seconds = 30.0
    assert pipelines.not_ready_because() == []

    watch.seconds = 30.1

    assert pipelines.not_ready_because() == ["pipeline p silent since 2025-11-21T18:33:20.000Z"]
    pipelines.heard("p", ready=True, reasons=(), now=1_763_750_031_000)
    assert pipelines.not_ready_because() == []


def test_a_pipeline_that_is_not_ready_without_a_reason_still_counts() -> None:
    pipelines = Pipelines(expected=True)

    pipelines.heard("p", ready=False, reasons=(), now=0)

    assert pipelines.not_ready_because() == ["pipeline p: not ready"]


def test_an_asset_nobody_spoke_of_is_unknown() -> None:
    pipelines = Pipelines(expected=True)
    pipelines.put_assets([("P-101", AssetStatus(status="offline", since=5))])

    assert pipelines.asset("P-101").status == "offline"
    assert pipelines.asset("F-1") == AssetStatus(status="unknown", since=None)


def test_a_host_is_compared_without_its_port() -> None:
    names = [_name(host) for host in ("LOCALHOST:8080", "localhost", "[::1]:80", "[::1]", "a:b")]

    assert names == ["localhost", "localhost", "[::1]", "[::1]", "a:b"]


def test_roles_include_those_before_them() -> None:
    ladder = [Role.VIEWER, Role.OPERATOR, Role.ENGINEER, Role.ADMIN]

    for height, role in enumerate(ladder):
        assert [role.may(needed) for needed in ladder] == [step <= height for step in range(4)]
    assert [role.may(Role.PIPELINE) for role in ladder] == [False, False, False, True]
    assert [Role.PIPELINE.may(needed) for needed in ladder] == [True, False, False, False]

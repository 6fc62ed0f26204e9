import numpy as np
import pytest

from plantroom.domain.samples import Quality, SampleBatch
from plantroom.storage.series.influx import line_protocol
from plantroom.storage.series.influx.line_protocol import LineEncoder
from plantroom_testing.series import Sample, batch_of, good, table_of

PUMPS = table_of({"P-1": "pump", "P-2": "pump"})


def bodies_of(samples: list[Sample], *, told: list[bool] | None = None) -> list[tuple[slice, bytes]]:
    batch = batch_of(PUMPS, samples)
    return list(LineEncoder(PUMPS).bodies(batch, np.array(told or [False] * len(samples))))


def lines_of(samples: list[Sample], *, told: list[bool] | None = None) -> list[str]:
    return b"".join(body for _, body in bodies_of(samples, told=told)).decode().splitlines()


def test_samples_of_one_asset_and_time_share_a_line() -> None:
    samples = [
        good("P-1", "flow", 1, 1.5),
        good("P-1", "pressure", 1, 2.0),
        good("P-2", "flow", 1, 3.0),
        good("P-2", "flow", 2, 4.0),
    ]

    assert lines_of(samples) == [
        "pump,asset=P-1,site=s flow=1.5,pressure=2.0 1",
        "pump,asset=P-2,site=s flow=3.0 1",
        "pump,asset=P-2,site=s flow=4.0 2",
    ]


@pytest.mark.parametrize(
    ("value", "quality", "fields"),
    [
        (1.0, Quality.GOOD, "flow=1.0,flow_Q=0i"),
        (1.0, Quality.LATE, "flow=1.0,flow_Q=1i"),
        (1.0, Quality.RANGE, "flow_B=1.0,flow_Q=16i"),
        (float("nan"), Quality.NOT_A_NUMBER, "flow_Q=273i"),
        (float("nan"), Quality.GOOD, "flow_Q=256i"),
    ],
)
def test_a_quality_is_written_where_it_must_be_told(value: float, quality: Quality, fields: str) -> None:
    assert lines_of([("P-1", "flow", 7, value, quality)], told=[True]) == [
        f"pump,asset=P-1,site=s {fields} 7"
    ]


@pytest.mark.parametrize("value", [1e308, -1e308, 5e-324, 1e16, 1e-7, 0.1 + 0.2, -0.0, 2.0**53 + 2])
def test_a_number_is_written_so_that_it_reads_back_as_the_same_float(value: float) -> None:
    (line,) = lines_of([good("P-1", "flow", 7, value)])

    text = line.split("flow=")[1].split(" ")[0]
    assert float(text).hex() == value.hex()
    assert not text.endswith("i")


def test_names_are_escaped_where_they_have_a_meaning() -> None:
    table = table_of({"a=b,c d": "x y,z=1"}, points=["flow"], site="s 1")

    ((_, body),) = LineEncoder(table).bodies(
        batch_of(table, [good("a=b,c d", "flow", 1, 1.0)]), np.array([False])
    )

    assert body == rb"x\ y\,z=1,asset=a\=b\,c\ d,site=s\ 1 flow=1.0 1" + b"\n"


def test_no_samples_make_no_request() -> None:
    assert list(LineEncoder(PUMPS).bodies(SampleBatch.empty(), np.empty(0, np.bool_))) == []


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7])
def test_a_request_has_at_most_so_many_lines(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(line_protocol, "MAX_LINES", 3)
    samples = [good("P-1", name, i, float(i)) for i in range(count) for name in ("flow", "pressure")]

    bodies = bodies_of(samples)

    assert [row for rows, _ in bodies for row in range(rows.start, rows.stop)] == list(range(2 * count))
    assert all(body.count(b"\n") == (rows.stop - rows.start) / 2 <= 3 for rows, body in bodies)
    assert len(bodies) == -(-count // 3)


@pytest.mark.parametrize("most", [1, 120, 200, 300, 1000])
def test_a_request_has_about_so_many_bytes_at_most_and_whole_lines(most: int) -> None:
    samples = [
        good("P-1", name, i, -1.7976931348623157e308) for i in range(6) for name in ("flow", "pressure")
    ]
    batch, told = batch_of(PUMPS, samples), np.zeros(12, np.bool_)

    bodies = [body for _, body in LineEncoder(PUMPS).bodies(batch, told, most_bytes=most)]

    line = max(len(text) + 1 for text in lines_of(samples))
    assert max(map(len, bodies)) <= most + line
    assert sum(len(body) for body in bodies[:-1]) >= (len(bodies) - 1) * (min(most, line) // 2)
    assert b"".join(bodies).decode().splitlines() == lines_of(samples)


def test_requests_are_of_about_the_same_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_protocol, "MAX_LINES", 5)

    bodies = bodies_of([good("P-1", "flow", i, 1.0) for i in range(11)])

    assert [body.count(b"\n") for _, body in bodies] == [4, 4, 3]

"""What the pipeline counts of mappings."""

from plantroom.ingest.dead_letters import DeadLetter, LetterKind
from plantroom.ingest.mapping.mapper import MappingCount
from plantroom.ingest.tally import MappingTally, Tally
from plantroom_testing.telemetry import NOW


def letter(reason: str, *, mapping: str, count: int = 1, last: int = NOW) -> DeadLetter:
    return DeadLetter(
        topic=f"gw/{reason}",
        reason=reason,
        kind=LetterKind.VALUE,
        excerpt="",
        count=count,
        first=NOW,
        last=last,
        mapping=mapping,
    )


def test_counts_add_up_and_the_last_failure_stays() -> None:
    tally = Tally(mappings={"m": MappingTally(), "idle": MappingTally()})

    for last in (NOW, NOW - 5):
        tally.count_mapped({"m": MappingCount(messages=2, values=5, skipped=1, last=last)})
    tally.count_letters(
        (letter("first", mapping="m"), letter("ours", mapping=""), letter("second", mapping="m", count=4))
    )

    assert tally.mappings["idle"] == MappingTally()
    assert tally.mappings["m"] == MappingTally(
        messages=4,
        values=10,
        skipped=2,
        failed=5,
        last=NOW,
        last_failed=NOW,
        reason="second",
        topic="gw/second",
    )
    assert tally.dead_letters == 6


def test_letters_of_a_mapping_that_the_files_have_no_more_are_counted_as_letters_only() -> None:
    tally = Tally()

    tally.count_letters((letter("old", mapping="gone"),))

    assert (tally.dead_letters, tally.mappings) == (1, {})

"""Which alarms are suppressed: by design, or as consequences of another."""

from plantroom_testing.inhibition_plant import Plant


def test_what_a_lost_panel_feeds_is_its_consequence() -> None:
    plant = Plant()

    plant.raises("PANEL", "dead", at=100)

    assert plant.raises("PUMP", "no-flow", at=105) == [
        ("PUMP", "no-flow", "activated", 105, "PANEL dead 100")
    ]


def test_what_was_heard_seconds_before_its_root_is_suppressed_when_the_root_is_heard() -> None:
    plant = Plant()
    plant.raises("PUMP", "no-flow", at=98)

    assert plant.raises("PANEL", "dead", at=100) == [
        ("PANEL", "dead", "activated", 100, ""),
        ("PUMP", "no-flow", "suppressed", 100, "PANEL dead 100"),
    ]

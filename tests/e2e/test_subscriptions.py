"""What a site file no longer asks for is not sent to us any more, though the broker keeps our session."""

from pathlib import Path

from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import publish_burst
from plantroom_testing.product import Launch, Product, wait_for

SITE = "site: s\nassets: [{id: P-1, class: pump}]\n"
MAPPING = "mappings: [{topic: 'gw/{asset}', points: {flow: f}}]\n"


def test_a_mapping_that_was_removed_is_not_subscribed_to_after_a_restart(
    launch: Launch, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    site = tmp_path / "site.yaml"

    def dead_topics(product: Product) -> set[str]:
        return {letter["topic"] for letter in product.items("/dead-letters")}

    def publish(*topics: str) -> None:
        publish_burst(mosquitto.port, [(topic, b'{"f": 5}') for topic in topics])

    site.write_text(SITE + MAPPING, encoding="utf-8")
    first = launch("up", "--site", str(site), "--broker", mosquitto.url)
    publish("gw/P-9")
    wait_for(lambda: "gw/P-9" in dead_topics(first), what="an unknown asset", log=first.log)
    first.terminate()

    site.write_text(SITE, encoding="utf-8")
    second = launch("up", "--site", str(site), "--broker", mosquitto.url)
    publish("gw/P-8", "plantroom/v1/s/P-7/telemetry")
    wait_for(
        lambda: (
            "plantroom/v1/s/P-7/telemetry" in {each["topic"] for each in second.items("/unknown-devices")}
        ),
        what="what came after it",
        log=second.log,
    )

    assert "gw/P-8" not in dead_topics(second)

"""The commands of the README, as they stand there."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from plantroom_testing.product import ADMIN_TOKEN, Launch, Product, wait_for

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def command(begin: str) -> str:
    """Return the command of the README that begins like this."""
    [found] = re.findall(rf"^{begin}.*$", README, re.MULTILINE)
    return str(found)


def run(text: str, product: Product) -> str:
    """Run a command of the README against `product`, which has other ports than those named there."""
    here = text.replace("-p 1883", f"-p {product.mqtt_port}")
    here = here.replace("http://127.0.0.1:8080", product.url).replace("$TOKEN", ADMIN_TOKEN)
    done = subprocess.run(shlex.split(here), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_site_makes_a_work_order_of_one_published_reading(launch: Launch) -> None:
    [arguments] = re.findall(r'^make up ARGS="(--site \S+) --data \S+"$', README, re.MULTILINE)
    product = launch("up", *arguments.split())

    run(command("mosquitto_pub"), product)

    def orders() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads(run(command("curl"), product))["items"]
        return items

    [order] = wait_for(orders, what="a work order", log=product.log)
    assert order["asset"] == "P-101"
    assert order["priority"] == "urgent"

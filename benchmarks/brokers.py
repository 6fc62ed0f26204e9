"""A Mosquitto for benchmarks."""

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from plantroom.mqtt.dial import ClientSettings

PUBLISHER: Final = ClientSettings(clean_start=True, session_expiry=0, window=10_000)
CONFIGURATION: Final = """
listener {port} 127.0.0.1
allow_anonymous true
user {user}
max_queued_messages 0
queue_qos0_messages true
log_dest none
"""


@contextmanager
def mosquitto() -> Iterator[tuple[int, int]]:
    """Run Mosquitto with an unbounded queue, and return its port and process id."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mosquitto.conf"
        file.write_text(CONFIGURATION.format(port=port, user=getpass.getuser()))
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        with subprocess.Popen([program, "-c", file], stderr=subprocess.DEVNULL) as process:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.02)
            yield port, process.pid
            process.kill()

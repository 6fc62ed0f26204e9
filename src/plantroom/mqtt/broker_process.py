"""The process of the embedded broker: rumqttd's threads, and in front of them one port for both versions.

rumqttd has a listener for each version of MQTT, both at one router. They are kept to this machine; a client
comes in by the socket that `Broker` opened, its CONNECT says which version it speaks, and its bytes go to and
fro.
"""

import contextlib
import json
import logging
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import uvloop
from iotcore.iotcore import IotCoreBroker

from plantroom.mqtt.front import serve

MIB = 1024 * 1024
LARGEST_PAYLOAD = 2 * MIB
SEGMENT = 8 * MIB
SEGMENTS = 8
"""Segments kept of each filter that was ever subscribed to: what an absent session can find again."""
CLIENTS = 10_000
READY_TIME = 10.0

ROUTER = f"""
id = 0
[router]
id = 0
max_connections = {CLIENTS}
max_outgoing_packet_count = 200
max_segment_size = {SEGMENT}
max_segment_count = {SEGMENTS}
"""
LISTENER = """
[{version}.1]
name = "{version}"
listen = "{host}:{port}"
next_connection_delay_ms = 0
[{version}.1.connections]
connection_timeout_ms = 10000
max_payload_size = {payload}
max_inflight_count = 1000
dynamic_filters = true
"""


def configuration(*, host: str, ports: dict[str, int], users: dict[str, str]) -> str:
    """Return rumqttd's settings, as TOML."""
    text = ROUTER
    for version, port in ports.items():
        text += LISTENER.format(version=version, host=host, port=port, payload=LARGEST_PAYLOAD)
        if users:
            text += f"[{version}.1.connections.auth]\n"
            # A JSON string is a TOML basic string, as long as it is not escaped beyond need.
            quoted = (tuple(json.dumps(word, ensure_ascii=False) for word in user) for user in users.items())
            text += "".join(f"{name} = {password}\n" for name, password in quoted)
    return text


def start_rumqttd(users: dict[str, str]) -> tuple[str, dict[str, int]]:
    """Start its threads, and return the host and the port of each version once it accepts connections."""
    host = _own_loopback_address()
    ports = {"v4": _free_port(host), "v5": _free_port(host)}
    with tempfile.TemporaryDirectory(prefix="plantroom-broker-") as folder:
        path = Path(folder) / "rumqttd.toml"
        path.touch(mode=0o600)
        path.write_text(configuration(host=host, ports=ports, users=users), "utf-8")
        broker = IotCoreBroker(config_path=str(path))
        broker.check_ports()
        broker.start()
    deadline = time.monotonic() + READY_TIME
    for port in ports.values():
        while not _accepts(host, port):
            if time.monotonic() > deadline:
                raise RuntimeError(f"rumqttd does not listen on {host}:{port}")
            time.sleep(0.02)
    return host, ports


def _own_loopback_address() -> str:
    """Return an address that no other program binds, so that a port found free stays free."""
    if sys.platform != "linux":
        return "127.0.0.1"
    return f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"  # noqa: S311 - no secret


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _accepts(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def end_with_parent(parent: int) -> None:
    """End this process when `Broker` closes our standard input, or has become another process's business."""

    def wait_for_end() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    def watch_parent() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    for watch in (wait_for_end, watch_parent):
        threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Read the order from standard input, say `ready`, and serve until the parent ends."""
    # A Ctrl-C or a stop of the whole group is the parent's to handle: it stops its clients before us.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # rumqttd says each packet at level error; its panics go to standard error all the same.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL + 1)
    order = json.loads(sys.stdin.buffer.readline())
    end_with_parent(order["parent"])
    try:
        host, ports = start_rumqttd(order["users"])
    except Exception as error:
        sys.stdout.write(f"{error}\n")
        raise
    listening = socket.socket(fileno=order["socket"])
    uvloop.run(serve(listening, host=host, ports=ports, ready=_say_ready))


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

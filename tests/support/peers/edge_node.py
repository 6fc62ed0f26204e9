"""An edge node by a third party, pysparkplug, as a process of its own: commands in, one JSON document a line.

It needs another major version of paho-mqtt than the tests and so lives in its own folder of packages
(`requirements/peers.txt`). Started with port, group and id of the edge node; what it is told comes out as
`{"told": {name: value}}`.
"""

import json
import sys
from typing import Any

import pysparkplug
from pysparkplug import DataType, Device, EdgeNode, Metric, get_current_timestamp


def main() -> None:
    """Do as told until standard input ends."""
    port, group, node = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    rebirth = Metric(get_current_timestamp(), "Node Control/Rebirth", DataType.BOOLEAN, value=False)
    edge_node = EdgeNode(group, node, [rebirth], cmd_callback=tell)
    for line in sys.stdin:
        command = json.loads(line)
        match command["do"]:
            case "connect":
                edge_node.connect("127.0.0.1", port=port)
            case "disconnect":
                edge_node.disconnect()
            case "register":
                edge_node.register(Device(command["device"], metrics(command)))
            case "update":
                edge_node.update_device(command["device"], metrics(command))
            case "deregister":
                edge_node.deregister(command["device"])
        say({"done": command["do"]})


def metrics(command: dict[str, Any]) -> list[Metric]:
    """Return the metrics of a command: name to data type and value."""
    now = command.get("ts", get_current_timestamp())
    return [
        Metric(now, name, DataType[kind], value=value, alias=command.get("aliases", {}).get(name))
        for name, (kind, value) in command["metrics"].items()
    ]


def tell(_: EdgeNode, message: pysparkplug.Message) -> None:
    """Say what a host has commanded."""
    say({"told": {metric.name: metric.value for metric in message.payload.metrics}})


def say(document: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

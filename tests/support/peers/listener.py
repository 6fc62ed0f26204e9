"""A Sparkplug listener by a third party, pysparkplug: writes every message of an edge node as one JSON line.

Started with port, group and id of the edge node. A line `rebirth` on standard input asks it for its births.
"""

import json
import sys
from typing import Any

from pysparkplug import (
    Client,
    DataType,
    Message,
    MessageType,
    Metric,
    NCmd,
    QoS,
    Topic,
    get_current_timestamp,
)

KINDS = (MessageType.NBIRTH, MessageType.NDATA, MessageType.NDEATH)
DEVICE_KINDS = (MessageType.DBIRTH, MessageType.DDATA, MessageType.DDEATH)


def main() -> None:
    """Listen until standard input ends."""
    port, group, node = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    client = Client()
    for kind in KINDS:
        client.subscribe(Topic(message_type=kind, group_id=group, edge_node_id=node), QoS.AT_LEAST_ONCE, show)
    for kind in DEVICE_KINDS:
        topic = Topic(message_type=kind, group_id=group, edge_node_id=node, device_id="+")
        client.subscribe(topic, QoS.AT_LEAST_ONCE, show)
    client.connect("127.0.0.1", port=port, callback=lambda _: say({"connected": True}))
    for line in sys.stdin:
        if line.strip() == "rebirth":
            client.publish(request(group, node), include_dtypes=True)


def request(group: str, node: str) -> Message:
    """Return a request for births."""
    now = get_current_timestamp()
    metric = Metric(now, "Node Control/Rebirth", DataType.BOOLEAN, value=True)
    topic = Topic(message_type=MessageType.NCMD, group_id=group, edge_node_id=node)
    return Message(topic=topic, payload=NCmd(now, [metric]), qos=QoS.AT_MOST_ONCE, retain=False)


def show(_: Client, message: Message) -> None:
    """Say what a message holds."""
    payload: Any = message.payload
    say(
        {
            "kind": message.topic.message_type.value,
            "device": message.topic.device_id,
            "seq": getattr(payload, "seq", None),
            "metrics": [
                {
                    "name": metric.name,
                    "type": metric.datatype.name,
                    "value": metric.value,
                    "alias": metric.alias,
                }
                for metric in getattr(payload, "metrics", ())
            ],
        }
    )


def say(document: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

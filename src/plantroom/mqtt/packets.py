"""MQTT 3.1.1 and 5 packets as bytes, as far as a client at QoS 0 and 1 needs them.

Sources: OASIS MQTT 3.1.1 (2014) and MQTT 5.0 (2019), section numbers beside the functions.
"""

import struct
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from plantroom.mqtt.message import Will

CONNECT: Final = 0x10
CONNACK: Final = 0x20
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
SUBSCRIBE: Final = 0x82
SUBACK: Final = 0x90
UNSUBSCRIBE: Final = 0xA2
UNSUBACK: Final = 0xB0
PINGRESP: Final = 0xD0
DISCONNECT: Final = 0xE0

PINGREQ: Final = b"\xc0\x00"
NORMAL_DISCONNECT: Final = b"\xe0\x00"

RETAIN: Final = 0x01
QOS_1: Final = 0x02
DUPLICATE: Final = 0x08

FIRST_FAILURE: Final = 0x80
"""Reason codes from here on say that something was refused."""


class Version(IntEnum):
    """The protocol level in CONNECT."""

    V311 = 4
    V5 = 5


class Malformed(Exception):
    """The other side sent what is not MQTT."""


# Size in bytes of each property's value (MQTT 5, 2.2.2.2); those absent begin with their own length.
_PROPERTY_SIZES: Final = {
    0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2,
    0x22: 2, 0x23: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1,
}  # fmt: skip
_VARIABLE_INTEGER: Final = 0x0B
_USER_PROPERTY: Final = 0x26
_TEXT_PROPERTIES: Final = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})

_SESSION_EXPIRY: Final = 0x11
_SERVER_KEEP_ALIVE: Final = 0x13
_RECEIVE_MAXIMUM: Final = 0x21
_MAXIMUM_PACKET_SIZE: Final = 0x27


def connect(
    *,
    version: Version,
    client_id: str,
    keepalive: int,
    clean_start: bool,
    session_expiry: int,
    receive_maximum: int,
    will: Will | None = None,
    user: str | None = None,
    password: str | None = None,
) -> bytes:
    """Return CONNECT (3.1); `keepalive` and `session_expiry` in seconds."""
    flags = 0x02 if clean_start else 0
    fields = [_text(client_id)]
    if will is not None:
        flags |= 0x04 | 1 << 3 | (0x20 if will.retain else 0)
        fields += [b"\x00"] * (version is Version.V5) + [_text(will.topic), _binary(will.payload)]
    if user is not None:
        flags |= 0x80
        fields.append(_text(user))
    if password is not None:
        flags |= 0x40
        fields.append(_text(password))
    head = struct.pack(">6sBBH", b"\x00\x04MQTT", version, flags, keepalive)
    if version is Version.V5:
        head += _properties(
            struct.pack(">BI", _SESSION_EXPIRY, session_expiry),
            struct.pack(">BH", _RECEIVE_MAXIMUM, receive_maximum),
        )
    return _packet(CONNECT, head + b"".join(fields))


def subscribe(version: Version, packet_id: int, filters: Iterable[str]) -> bytes:
    """Return SUBSCRIBE (3.8) at QoS 1.

    In MQTT 5 retained messages are asked for only where the subscription is new (retain handling 1),
    so that subscribing again after each reconnect does not bring them all again.
    """
    is_v5 = version is Version.V5
    options = b"\x11" if is_v5 else b"\x01"
    head = struct.pack(">H", packet_id) + (b"\x00" if is_v5 else b"")
    return _packet(SUBSCRIBE, head + b"".join(_text(name) + options for name in filters))


def unsubscribe(version: Version, packet_id: int, filters: Iterable[str]) -> bytes:
    """Return UNSUBSCRIBE (3.10)."""
    head = struct.pack(">H", packet_id) + (b"\x00" if version is Version.V5 else b"")
    return _packet(UNSUBSCRIBE, head + b"".join(_text(name) for name in filters))


def publish(version: Version, topic: str, payload: bytes, *, flags: int = 0, packet_id: int = 0) -> bytes:
    """Return PUBLISH (3.3); `flags` of RETAIN, QOS_1 (with a packet id) and DUPLICATE."""
    name = topic.encode()
    tail = packet_id.to_bytes(2, "big") if packet_id else b""
    if version is Version.V5:
        tail += b"\x00"
    size = 2 + len(name) + len(tail) + len(payload)
    return b"".join(
        (bytes((PUBLISH | flags,)), _variable(size), len(name).to_bytes(2, "big"), name, tail, payload)
    )


def pubacks(packet_ids: Sequence[int]) -> bytes:
    """Return one PUBACK (3.4) for each of `packet_ids`; success needs no more in either version."""
    words = [PUBACK << 8 | 2] * (2 * len(packet_ids))
    words[1::2] = packet_ids
    return struct.pack(f">{len(words)}H", *words)


class Connack(NamedTuple):
    """The broker's answer to CONNECT (3.2); without the property the protocol's default."""

    session_present: bool
    code: int
    receive_maximum: int = 65535
    """How many of our QoS 1 messages it takes before it has acknowledged one."""
    maximum_packet_size: int = 0
    """In bytes; 0 is without limit."""
    keepalive: int | None = None
    """Seconds it wants instead of what we asked for."""


def read_connack(version: Version, body: bytes) -> Connack:
    """Read the body of CONNACK.

    Raises: Malformed.
    """
    if len(body) < 2:
        raise Malformed(f"CONNACK of {len(body)} bytes")
    # A broker without MQTT 5 answers our CONNECT in its own version: no properties.
    if version is Version.V311 or len(body) == 2:
        return Connack(session_present=bool(body[0] & 1), code=body[1])
    found = read_properties(body, 2)
    return Connack(
        session_present=bool(body[0] & 1),
        code=body[1],
        receive_maximum=found.get(_RECEIVE_MAXIMUM, 65535),
        maximum_packet_size=found.get(_MAXIMUM_PACKET_SIZE, 0),
        keepalive=found.get(_SERVER_KEEP_ALIVE),
    )


def read_suback(version: Version, body: bytes) -> tuple[int, bytes]:
    """Return the packet id and one reason code for each filter (3.9).

    Raises: Malformed.
    """
    if len(body) < 3:
        raise Malformed(f"SUBACK of {len(body)} bytes")
    start = after_properties(body, 2) if version is Version.V5 else 2
    return int.from_bytes(body[:2], "big"), body[start:]


def read_puback(body: bytes) -> tuple[int, int]:
    """Return the packet id and the reason code (3.4).

    Raises: Malformed.
    """
    if len(body) < 2:
        raise Malformed(f"PUBACK of {len(body)} bytes")
    return int.from_bytes(body[:2], "big"), body[2] if len(body) > 2 else 0


def after_properties(data: bytes, at: int) -> int:
    """Return where the properties that begin at `at` end.

    Raises: Malformed.
    """
    size, start = read_variable(data, at)
    if start == 0 or start + size > len(data):
        raise Malformed("properties longer than their packet")
    return start + size


def read_properties(data: bytes, at: int) -> dict[int, int]:
    """Return the properties at `at` whose values are numbers of fixed size, by identifier (MQTT 5, 2.2.2).

    Raises: Malformed.
    """
    stop = after_properties(data, at)
    _, at = read_variable(data, at)
    found: dict[int, int] = {}
    while at < stop:
        identifier, at = data[at], at + 1
        size = _PROPERTY_SIZES.get(identifier)
        if size is None:
            at = _after_value(identifier, data, at)
            continue
        found[identifier] = int.from_bytes(data[at : at + size], "big")
        at += size
    if at != stop:
        raise Malformed("a property longer than the properties")
    return found


def _after_value(identifier: int, data: bytes, at: int) -> int:
    if identifier == _VARIABLE_INTEGER:
        _, stop = read_variable(data, at)
        return stop
    if identifier in _TEXT_PROPERTIES:
        return at + 2 + int.from_bytes(data[at : at + 2], "big")
    if identifier == _USER_PROPERTY:
        value = at + 2 + int.from_bytes(data[at : at + 2], "big")
        return value + 2 + int.from_bytes(data[value : value + 2], "big")
    raise Malformed(f"unknown property {identifier:#04x}")


def read_variable(data: bytes, at: int) -> tuple[int, int]:
    """Return the variable byte integer at `at` and where it ends, or (0, 0) where `data` ends before (1.5.5).

    Raises: Malformed.
    """
    value = 0
    for shift in range(4):
        if at + shift >= len(data):
            return 0, 0
        byte = data[at + shift]
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, at + shift + 1
    raise Malformed("a length of more than four bytes")


def _variable(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _packet(header: int, body: bytes) -> bytes:
    return bytes((header,)) + _variable(len(body)) + body


def _properties(*properties: bytes) -> bytes:
    joined = b"".join(properties)
    return _variable(len(joined)) + joined


def _text(value: str) -> bytes:
    return _binary(value.encode())


def _binary(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value

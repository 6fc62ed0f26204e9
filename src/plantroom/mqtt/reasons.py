"""Reason codes of MQTT in words."""

_REASONS = {
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x84: "unsupported protocol version",
    0x85: "client id not valid",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8D: "keep alive time-out",
    0x8E: "another client uses our client id",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x93: "receive maximum exceeded",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x9F: "connection rate exceeded",
}


def describe(code: int) -> str:
    """Return an MQTT 5 reason code in words."""
    return f"{_REASONS.get(code, 'reason')} ({code:#04x})"


_CONNACK_311 = {
    1: "unsupported protocol version",
    2: "client id not valid",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorized",
}


def describe_connack(code: int) -> str:
    """Return the return code of CONNACK, of either version, in words."""
    return f"{_CONNACK_311[code]} ({code})" if code in _CONNACK_311 else describe(code)

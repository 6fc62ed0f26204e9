"""Remembers and serves: alarms, work orders and people, over HTTP."""

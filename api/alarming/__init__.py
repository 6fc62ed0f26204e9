"""Alarms and work orders: what reports, people and time do to them (contract 4.7)."""

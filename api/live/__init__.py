"""What changes, as it changes: events and latest values."""

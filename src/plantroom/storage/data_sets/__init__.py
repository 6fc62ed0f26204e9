"""Recorded plant data that others have published, read as they are."""

"""Publish recorded data as if it were measured now, or as the history that it is."""

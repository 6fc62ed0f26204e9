"""Speak to people at a terminal: the `plantroom` command and its wiring."""

"""Speak Sparkplug B 3.0: its topics, its payloads, the state of a host application."""

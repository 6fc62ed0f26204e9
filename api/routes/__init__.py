"""The HTTP API's paths (contract 4.4)."""

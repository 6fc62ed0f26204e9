"""Keep samples: one port, an embedded and a served implementation."""

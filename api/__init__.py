"""Remember and serve: alarms, work orders, the HTTP API and the web console."""

"""Prepare an InfluxDB server and check what is there: one module for each generation of the server."""

"""Show people the plant: Grafana dashboards as code, with provisioning."""

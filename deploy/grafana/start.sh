#!/bin/sh
# Read the token that `plantroom influx setup` made, and become Grafana.
set -eu
PLANTROOM_GRAFANA_INFLUX_AUTHORIZATION="Token $(cat /var/lib/influx-accounts/influx-grafana)"
export PLANTROOM_GRAFANA_INFLUX_AUTHORIZATION
exec /run.sh

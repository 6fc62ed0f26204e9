#!/bin/sh
# Give our own two users the passwords of .env, keep those of the devices, and become Mosquitto.
set -eu
umask 077
passwords=/mosquitto/data/passwd
[ -e "$passwords" ] || : > "$passwords"
mosquitto_passwd -b "$passwords" pipeline "$MQTT_PIPELINE_PASSWORD"
mosquitto_passwd -b "$passwords" simulators "$MQTT_SIMULATORS_PASSWORD"
exec mosquitto -c /mosquitto/config/mosquitto.conf

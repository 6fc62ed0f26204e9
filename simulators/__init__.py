"""Pretend to be the plant: physical models that publish MQTT and can be made to fail."""

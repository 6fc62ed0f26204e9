"""Speak MQTT: the client with acknowledgements under our control, and the embedded broker."""

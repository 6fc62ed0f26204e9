"""Run the pipeline: MQTT in, samples to the time-series store, alarm transitions out."""

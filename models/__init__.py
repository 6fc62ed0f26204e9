"""Score samples: anomaly, baseline and remaining-life models. Pure: no I/O, no clock."""

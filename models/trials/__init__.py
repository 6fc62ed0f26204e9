"""Score models on recorded data that others have published. Pure."""

"""The web page at `/`: what is wrong, what is being done about it, and how things are."""

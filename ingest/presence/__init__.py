"""Whether each asset can be heard: what it said and when it last spoke, in; changes, out."""

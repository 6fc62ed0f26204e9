"""Foreign payloads by mapping: any topic and JSON or text to readings of points."""

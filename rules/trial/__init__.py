"""Rules tried on what was, or on what is made up: cases and history."""

"""What the models at work say, read from where they are kept and from the readings."""

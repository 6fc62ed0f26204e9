"""Models on disk: what was trained for each asset, which version is at work, and what people said of it."""

"""What the HTTP API takes and answers, as pydantic models."""

"""Start the deployed stack: in containers, or the same services natively."""

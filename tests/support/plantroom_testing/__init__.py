"""What the tests share: each real server in its own module."""

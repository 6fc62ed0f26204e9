"""What keeps a stack from starting."""


class StackError(Exception):
    """The stack cannot be started, or does not run; the message says what to do."""

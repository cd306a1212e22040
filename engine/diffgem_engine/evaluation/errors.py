"""What an evaluation cannot be run on."""


class BadInput(Exception):
    """The message says what is wrong with it, and what to do."""

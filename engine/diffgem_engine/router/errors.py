"""What may be wrong with a second model's options."""


class SecondError(ValueError):
    """An address or a key that cannot be used, in words that say what to do."""

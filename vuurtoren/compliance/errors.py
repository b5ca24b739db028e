"""What people cannot do with a finding or a return, in words for them."""


class NotPossible(ValueError):
    """A decision that cannot be taken, and why."""

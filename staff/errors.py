"""What a member of staff must be told."""


class StaffError(Exception):
    """It cannot be done; the message says why, and what to do instead, and is fit for whoever asked for it."""

"""What can go wrong when something is kept."""


class StorageBusy(Exception):
    """The database could not be had within a few seconds; the caller may try again (webhooks answer 503)."""


class StorageFull(StorageBusy):
    """There is no room left on the disk; waiting does not help, an operator does."""


class VersionConflict(Exception):
    """The conversation was changed by someone else since it was read; read it again and redo the turn."""


class LeaseLost(Exception):
    """The row is no longer leased to this owner; whatever was worked out for it must not be kept."""


class ReferenceTaken(Exception):
    """Another submission already has this reference; draw a new one."""


class SealBroken(Exception):
    """Sealed bytes that do not open: other key, other place, or changed since."""


class SecretKeyError(Exception):
    """SECRET_KEY cannot be used; the message says why and is fit for an operator."""

"""Memory that loading a model needed for a moment goes back to the system."""

import contextlib
import ctypes


def give_back() -> None:
    """glibc keeps freed memory for later; after loading there is no later. Does nothing where there is no glibc."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)

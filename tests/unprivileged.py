"""Root reads everything; inside `bound_by_permissions` it may only what the permissions of a file allow."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

OVERRIDES = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by their numbers in linux/capability.h."""
VERSION_3 = 0x20080522
Words = ctypes.c_uint32 * 6
"""Effective, permitted and inheritable capabilities, for the lower and the upper half of their numbers."""


@contextmanager
def bound_by_permissions() -> Iterator[None]:
    """For this thread, until the end of the block. Who is not root is bound anyway."""
    if os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(VERSION_3, 0), Words()
    if libc.capget(header, held):
        raise OSError(ctypes.get_errno(), "capget")
    less = Words(held[0] & ~OVERRIDES, *held[1:])
    if libc.capset(header, less):
        raise OSError(ctypes.get_errno(), "capset")
    try:
        yield
    finally:
        libc.capset(header, held)

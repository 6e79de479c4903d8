"""Brings the loopback interface up in a network namespace where it is down (`unshare -rn` leaves it so)."""

import fcntl
import socket
import struct
import sys

GET_FLAGS = 0x8913  # SIOCGIFFLAGS
SET_FLAGS = 0x8914  # SIOCSIFFLAGS
UP = 0x1
REQUEST = struct.Struct("16sh14x")
"""`struct ifreq` as far as its flags: the interface's name, then the flags."""


def loopback_up() -> bool:
    """Whether 127.0.0.1 can be used; a loopback that is down is brought up where this process may do so.

    Only a fresh network namespace of Linux leaves it down, and whoever made that namespace is root in it.
    """
    if sys.platform != "linux":
        return True
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, GET_FLAGS, REQUEST.pack(b"lo", 0))
        flags = REQUEST.unpack(answer)[1]
        if flags & UP:
            return True
        try:
            fcntl.ioctl(any_socket, SET_FLAGS, REQUEST.pack(b"lo", flags | UP))
        except PermissionError:
            return False
    return True

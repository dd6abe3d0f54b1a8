"""Takes the network away from a process, where the kernel lets it."""

from __future__ import annotations

import ctypes
import os
from typing import Final

_CLONE_NEWNET: Final = 0x40000000
_CLONE_NEWUSER: Final = 0x10000000


def leave_network() -> bool:
    """Move this process into a network of its own, which has no way out, not even to this machine.

    Sockets that are open stay as they are, and processes forked from now on are in there as well. The
    process must have one thread only. What `PR_SET_PDEATHSIG` asked for before is forgotten.

    Returns:
        whether the kernel did so. It needs CAP_SYS_ADMIN of root, and from everybody else user
        namespaces, which some systems and most containers do not grant.
    """
    # In a user namespace, root could read no more than its own files.
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    failure: int = ctypes.CDLL(None, use_errno=True).unshare(flags)
    return failure == 0

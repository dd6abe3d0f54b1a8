"""What the kernel holds a process of ours to: to end with its parent, and to grow by so much only."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_STACK_BYTES: Final = 8 << 20
"""The stack for which the limits of `sparql_readings` were measured; Linux gives it by default."""


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel end this process with the thread that started it, however that ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it ended before the call
        os._exit(0)


def limit_memory(extra_bytes: int) -> None:
    """Let the address space grow by so much and no more; what the process has now is its own."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + extra_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)  # it stays, so that `free_memory` can undo this
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort must not spend seconds on a core file


def free_memory() -> None:
    """Let the address space grow again, for what is no part of a query."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def require_stack() -> None:
    """Let the stack grow as far as it does by default, however little the server's own may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if 0 <= soft < _STACK_BYTES:  # a negative limit is none
        stack = _STACK_BYTES if hard < 0 else min(_STACK_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_STACK, (stack, hard))


def limit_file_size(size_bytes: int) -> None:
    """Let no file grow beyond so much; a write past it fails as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))

"""Lets a debugger attach to this process, where debugpy is installed for this Python."""

from __future__ import annotations

import os

from .channel import Message

_HOST = '127.0.0.1'


def listen() -> Message:
    """The message that says where debugpy listens, or why it does not."""
    try:
        import debugpy
    except ImportError:
        return {'type': 'debugging', 'error': 'debugpy is not installed for this Python: `pip install debugpy`'}
    try:
        host, port = debugpy.listen((_HOST, 0))
    except RuntimeError as error:  # it listens already, and cannot say where
        return {'type': 'debugging', 'error': str(error)}
    return {'type': 'debugging', 'host': host, 'port': port, 'pid': os.getpid()}

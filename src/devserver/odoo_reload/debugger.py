"""Lets a debugger attach to this process, where debugpy is installed for this Python."""

from __future__ import annotations

import os

from .channel import Message

_HOST = '127.0.0.1'
_address: tuple[str, int] | None = None


def listen() -> Message:
    """The message that says where debugpy listens, or why it does not. Raises nothing: the server goes on either way."""
    try:
        host, port = _listening()
    except ImportError:
        return {'type': 'debugging', 'error': 'debugpy is not installed for this Python: `pip install debugpy`'}
    except Exception as error:  # noqa: BLE001 - its adapter did not start, or somebody else has let it listen
        return {'type': 'debugging', 'error': f'debugpy does not listen: {type(error).__name__}: {error}'}
    return {'type': 'debugging', 'host': host, 'port': port, 'pid': os.getpid()}


def _listening() -> tuple[str, int]:
    import debugpy

    global _address
    if _address is None:  # once a process: it cannot stop listening
        _address = debugpy.listen((_HOST, 0))
    return _address

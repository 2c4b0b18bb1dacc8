"""What the supervisor tells the world: JSON lines, one event each. The shapes are those of `src/core/devserver/events.ts`."""

from __future__ import annotations

import json
import os
from typing import Literal

Kind = Literal['patch', 'fork', 'parent', 'update', 'view', 'assets']
Phase = Literal['start', 'reload', 'update']


class Events:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def emit(self, type_: str, **fields: object) -> None:
        """Writes one event. Fields that are None are left out. Whoever listened may be gone, which is no reason to stop."""
        line = (json.dumps({'type': type_, **{name: value for name, value in fields.items() if value is not None}}) + '\n').encode()
        try:
            while line:  # a pipe may take a long one in parts
                line = line[os.write(self._descriptor, line) :]
        except BrokenPipeError:
            pass

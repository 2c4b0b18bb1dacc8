"""Which modules the database is behind on, and why."""

from __future__ import annotations

from collections.abc import Iterable

from .events import Events


class Needs:
    def __init__(self, events: Events) -> None:
        self._events = events
        self._files: dict[str, dict[str, str]] = {}
        self._schema: dict[str, list[str]] = {}
        self._told: dict[str, list[str]] = {}
        #: What modules were updated for without being asked.
        self._tried: list[dict[str, list[str]]] = []

    def file(self, module: str, path: str, reason: str | None) -> None:
        """This file is a reason to update the module; with None, it is none any more."""
        if reason is not None:
            self._files.setdefault(module, {})[path] = reason
            self.try_again()
        elif module in self._files:
            self._files[module].pop(path, None)

    def schema(self, found: dict[str, list[str]]) -> None:
        """What the last look at models and fields found, for all modules."""
        self._schema = found

    def updated(self, modules: Iterable[str]) -> None:
        names = set(modules)
        for name in list(self._files):
            if name in names or 'all' in names:
                del self._files[name]

    def reasons(self) -> dict[str, list[str]]:
        names = sorted({*(name for name, files in self._files.items() if files), *self._schema})
        return {name: [*self._files.get(name, {}).values(), *self._schema.get(name, [])] for name in names}

    def untried(self) -> list[str]:
        """Modules to update without being asked: once for the same reasons, since an update may not take them away."""
        now = self.reasons()
        if now in self._tried:
            return []
        self._tried.append(now)
        return list(now)

    def try_again(self) -> None:
        """An update may help now: it failed, or there is something new in the files."""
        self._tried.clear()

    def tell(self) -> None:
        """Says which modules need an update, where that is news."""
        now = self.reasons()
        if now != self._told:
            self._told = now
            self._events.emit('needs-update', modules=list(now), reasons=now)

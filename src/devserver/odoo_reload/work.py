"""What is to be done next."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Reasons for a fork that are about the server that answers now: another one takes them away.
ENDED = 'the server ended'
WANTED = 'Odoo asked for it'
SILENT = 'the server did not answer: it may be stopped in a debugger'


@dataclass
class Work:
    """Grows while it waits."""

    paths: set[str] = field(default_factory=set)
    since: float = 0.0
    #: Reasons for a fresh child or a new parent that are no file.
    fork: str | None = None
    parent: str | None = None
    update: list[str] = field(default_factory=list)
    install: list[str] = field(default_factory=list)
    #: Why there is no use in going on.
    give_up: str | None = None

    def any(self) -> bool:
        return bool(self.paths or self.fork or self.parent or self.update or self.install or self.give_up)

    def add_updates(self, modules: list[str]) -> None:
        self.update += [module for module in modules if module not in self.update]

    def add(self, later: Work) -> None:
        """What came meanwhile."""
        self.paths |= later.paths
        self.since = later.since or self.since
        self.give_up = later.give_up
        self.fork, self.parent = self.fork or later.fork, self.parent or later.parent
        self.add_updates(later.update)

"""`python odoo_reload --help`. Runs as supervisor, or as the parent that a supervisor started."""

import os
import sys

# Python put this folder itself there; its modules are to be found as a package, not to hide others of the same name.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from odoo_reload.options import parse  # noqa: E402


def main() -> None:
    options = parse(sys.argv[1:])
    if options.channel_fd is None:
        from odoo_reload.supervisor import main as run
    else:
        from odoo_reload.parent import main as run
    sys.exit(run(options))


main()

#!/usr/bin/env bash
# What the image cannot hold, because it needs the repository, the database or the editor.
#   create  once, when the container is made
#   attach  each time that an editor connects
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

failed=0
# A part that fails does not keep the others from their work: an incomplete container is easier to mend than none.
part() {
  echo "==> $1"
  "$1" || { echo "$1 failed" >&2; failed=1; }
}

python_requirements() {
  local file
  for file in requirements.txt.lock requirements.txt; do
    if [ -f "$file" ]; then pip install --requirement "$file"; return; fi
  done
}

web_is_installed() {
  psql --no-psqlrc --tuples-only --no-align --command="SELECT state FROM ir_module_module WHERE name = 'web'" 2>/dev/null | grep -qx installed
}

# The development server wants a database with Odoo in it. Half a minute, once.
odoo_database() {
  web_is_installed && return
  # The same Odoo that the development server takes: the repository's own, if it has one.
  local program=addons/odoo/odoo-bin
  [ -f "$program" ] || program=$(command -v odoo) || return
  python3 "$program" --init=web --stop-after-init --no-http
  web_is_installed # Odoo's exit code does not say
}

is_odoo_ops() {
  grep -qs '"name": "odoo-ops"' package.json
}

# In the repository of Odoo Ops itself: its own extension, built from here.
extension_package() {
  is_odoo_ops || return 0
  npm ci && npm run package
}

# The newest .vsix of the extension: the one just built, or one that an Odoo repository keeps beside this file.
extension_install() {
  local vsix
  vsix=$(ls -t -- *odoo-ops*.vsix .devcontainer/*odoo-ops*.vsix 2>/dev/null | head -n 1)
  [ -n "$vsix" ] || return 0
  # Not every version of the editor puts `code` on the path of this command, but each does in its terminal.
  command -v code >/dev/null || { echo "In a terminal of the editor: code --install-extension $vsix"; return 0; }
  code --install-extension "$vsix"
}

case "${1:-}" in
  create)
    part python_requirements
    part odoo_database
    part extension_package
    ;;
  attach) part extension_install ;;
  *) echo 'usage: setup.sh create|attach' >&2; exit 2 ;;
esac
exit "$failed"

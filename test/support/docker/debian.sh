#!/bin/sh
# Makes the image odoo-ops-test/debian:1 where the engine does not have it: a minimal Debian with what the tests' containers need, packed by
# hand, since not every machine reaches a registry. Needs root and debootstrap; takes about a minute. One at a time.
set -eu
image=odoo-ops-test/debian:1
exec 9>/var/tmp/odoo-ops-test-debian.lock
flock 9
docker image inspect "$image" >/dev/null 2>&1 && exit 0
folder=$(mktemp -d /var/tmp/odoo-ops-test-debian-XXXXXX)
trap 'rm -rf --one-file-system "$folder"' EXIT
debootstrap --variant=minbase --include=python3,python3-psycopg2,python3-aiosmtpd,caddy,netcat-openbsd \
  bookworm "$folder" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$folder.log" 2>&1 || { tail -n 20 "$folder.log" >&2; exit 1; }
rm -f "$folder.log"
chroot "$folder" useradd --system --uid 101 --user-group --create-home --home-dir /var/lib/odoo --shell /bin/sh odoo
tar -C "$folder" --numeric-owner --one-file-system -c --exclude=./var/cache/apt/* --exclude=./var/lib/apt/lists/* --exclude=./usr/share/doc/* \
  --exclude=./usr/share/locale/* --exclude=./usr/share/man/* --exclude=./dev/* . | docker import --change 'ENV LANG=C.UTF-8' - "$image" >/dev/null

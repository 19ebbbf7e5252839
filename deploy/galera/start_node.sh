#!/bin/sh
# Starts one node with the options given. A node that was killed first asks InnoDB how far it had got: told that, the
# others send only what it missed, instead of everything. (Debian's systemd unit does the same by galera_recovery.)
set -eu
found=$(mktemp)
trap 'rm -f "$found"' EXIT
"${MARIADBD:-mariadbd}" "$@" --wsrep-recover --log-error="$found" || { cat "$found" >&2; exit 1; }
position=$(sed -n 's/.*WSREP: Recovered position: *//p' "$found" | tail -n 1)
rm -f "$found"
exec "${MARIADBD:-mariadbd}" "$@" ${position:+--wsrep-start-position="$position"}

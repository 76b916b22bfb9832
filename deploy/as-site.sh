#!/bin/sh
# Runs a command as systemd's units run the site: by its user, in its folder, with its variables. Opens
# a shell where none is named.
cd /srv/krate || exit 1
[ $# -gt 0 ] || set -- bash
exec systemd-run --quiet --pty --pipe --collect --uid=krate --gid=krate \
    --working-directory=/srv/krate --property=EnvironmentFile=/etc/krate/environment \
    --property=UMask=0027 "$@"

#!/usr/bin/env bash
LC_ALL=C url=${1:-nats://127.0.0.1:4222} env=${2:-default} # C: lengths are bytes
address=${url#nats://} inbox=_INBOX.$RANDOM$RANDOM$RANDOM
signal='{"title":"Disk of db-2 is 98 % full","severity":"high","fingerprint":"db-2 disk"}'

exec 3<>"/dev/tcp/${address%:*}/${address##*:}" || exit 1
printf '%s\r\n' 'CONNECT {"verbose":false}' "SUB $inbox 1" \
  "PUB signals.$env.disk-check.almost-full $inbox ${#signal}" "$signal" >&3
while read -r -t 5 line <&3; do # the acknowledgement comes after its MSG line
  [[ $line == -ERR* ]] && echo "$line" >&2 && exit 1
  [[ $line == MSG* ]] && read -r -t 5 ack <&3 && echo "$ack" && [[ $ack == *'"seq"'* ]] && exit
done
echo 'no acknowledgement: publish it again' >&2
exit 1

#!/usr/bin/env bash
# restore.sh DIR: replaces the services' databases by the dumps in DIR (those that are there: a part is restored too).
# Needs QUITTANCE_POSTGRES_ADMIN_URL, a superuser's URL of the server with its roles. All processes of a service are stopped before: an open
# connection is refused. The ledger of erasures is not touched; each service applies it when it starts, before it is ready.
set -euo pipefail
DIR=${1:?usage: restore.sh DIR}
: "${QUITTANCE_POSTGRES_ADMIN_URL:?the superuser\'s URL}"
DATABASES=(quittance_auth quittance_billing quittance_subscriptions quittance_notifications)

sql() { psql -qAt -v ON_ERROR_STOP=1 "$QUITTANCE_POSTGRES_ADMIN_URL" -c "$1"; }

# Everything is looked at before anything goes: dumps that are whole and readable, and nobody connected.
found=()
for database in "${DATABASES[@]}"; do
  [ -f "$DIR/$database.dump" ] || continue
  pg_restore --list "$DIR/$database.dump" >/dev/null
  open=$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = '$database'")
  if [ "$open" != 0 ]; then
    echo "restore: $open connections to $database are open; stop its processes first" >&2
    exit 1
  fi
  found+=("$database")
done
if [ ${#found[@]} = 0 ]; then
  echo "restore: no dump in $DIR" >&2
  exit 1
fi
for database in "${found[@]}"; do
  pg_restore --create --clean --if-exists --exit-on-error --dbname="$QUITTANCE_POSTGRES_ADMIN_URL" "$DIR/$database.dump"
  echo "restored $database"
done

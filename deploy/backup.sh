#!/usr/bin/env bash
# backup.sh OUT: dumps the four databases of the services into OUT (made, 0700), one file each, in PostgreSQL's custom format.
# Needs QUITTANCE_POSTGRES_ADMIN_URL, a superuser's URL. The ledger of erasures (quittance_erasures) is never in a dump: see docs/runbooks/restore.md.
set -euo pipefail
OUT=${1:?usage: backup.sh OUT}
: "${QUITTANCE_POSTGRES_ADMIN_URL:?the superuser\'s URL}"
DATABASES=(quittance_auth quittance_billing quittance_subscriptions quittance_notifications)

umask 077
mkdir -p "$OUT"
for database in "${DATABASES[@]}"; do
  pg_dump --format=custom --dbname="${QUITTANCE_POSTGRES_ADMIN_URL%/*}/$database" --file="$OUT/$database.dump.part"
  mv "$OUT/$database.dump.part" "$OUT/$database.dump"
  echo "$OUT/$database.dump"
done

# shellcheck shell=bash
# A private PostgreSQL 15 cluster for one stack: initdb as an unprivileged user, scram, loopback, fsync on. Sourced by ./dev.
# Invariant: data lives under /var/tmp/quittance-<hash> (a clone below a private home is not reachable for PostgreSQL's user).
PG_BIN=/usr/lib/postgresql/15/bin

# The folder of the cluster that belongs to a dev folder ($1, absolute).
pg_dir() { echo "/var/tmp/quittance-$(printf '%s' "$1" | sha256sum | cut -c1-12)"; }

# Runs a command as the cluster's user: postgres when we are root, else ourselves.
pg_as() {
  if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"); else "$@"; fi
}

# pg_start DEVDIR PORT: makes the cluster if it is not there, starts it if it does not run; the superuser's URL stands in DEVDIR/postgres.url.
pg_start() {
  local dev_dir=$1 port=$2 dir password
  dir=$(pg_dir "$dev_dir")
  mkdir -p "$dev_dir"
  if [ ! -f "$dir/data/PG_VERSION" ] || [ ! -f "$dev_dir/postgres.password" ]; then
    pg_stop "$dev_dir"
    rm -rf "$dir"
    mkdir -p "$dir"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s' "$password" >"$dev_dir/postgres.password" && printf '%s\n' "$password" >"$dir/password")
    if [ "$(id -u)" = 0 ]; then chown -R postgres:postgres "$dir"; fi
    pg_as "$PG_BIN/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" -E UTF8 --locale=C.UTF-8 >"$dev_dir/initdb.log" 2>&1 ||
      { cat "$dev_dir/initdb.log" >&2; return 1; }
    rm -f "$dir/password"
    # Without statistics PostgreSQL takes every tenant for one row and reads whole tables of a new stack: they are made within seconds, not a
    # minute. After that only for a table that has doubled: at a tenth of it, as is the default, a new stack under load would analyze all the time.
    cat >"$dir/quittance.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
fsync = on
synchronous_commit = on
wal_compression = lz4
max_wal_size = 2GB
autovacuum_naptime = 5s
autovacuum_analyze_threshold = 1000
autovacuum_analyze_scale_factor = 1
idle_in_transaction_session_timeout = 60s
log_min_messages = warning
CONF
    echo "include '$dir/quittance.conf'" >>"$dir/data/postgresql.conf"
  fi
  password=$(cat "$dev_dir/postgres.password")
  (umask 077 && echo "postgresql://postgres:$password@127.0.0.1:$port/postgres" >"$dev_dir/postgres.url")
  if pg_as "$PG_BIN/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then return 0; fi
  pg_as "$PG_BIN/pg_ctl" -D "$dir/data" -l "$dir/server.log" -o "-p $port" -w -t 60 start >/dev/null || { tail -5 "$dir/server.log" >&2; return 1; }
}

# pg_stop DEVDIR: stops the cluster if it runs.
pg_stop() {
  local dir
  dir=$(pg_dir "$1")
  [ -f "$dir/data/PG_VERSION" ] || return 0
  pg_as "$PG_BIN/pg_ctl" -D "$dir/data" -m fast -w stop >/dev/null 2>&1 || true
}

pg_drop() {
  pg_stop "$1"
  rm -rf "$(pg_dir "$1")"
}

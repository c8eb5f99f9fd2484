# shellcheck shell=bash
# The local stack: PostgreSQL, broker, sandbox and the five processes, each configured by environment only. Sourced by ./dev.
# Invariant: `up` starts what does not run and leaves the rest alone; secrets are random per stack, in files of mode 0600, never in argv.
# The shape (broker, replicas) is chosen by the first `up` and kept until `down --purge`. Replica 1 of billing is `billing`, the second `billing-2`.

STACK_SERVICES=(auth billing subscriptions notifications)
STACK_PROCESSES=("${STACK_SERVICES[@]}" ingress)
STACK_START_SECONDS=60

stack_dir() {
  local dir=${QUITTANCE_DEV_DIR:-$ROOT/.dev}
  [[ $dir = /* ]] || dir="$ROOT/$dir"
  echo "$dir"
}

stack_port() { echo $((${QUITTANCE_PORT_BASE:-7000} + $1)); }

# A zombie does not run: nobody may have waited for it yet.
stack_running() {
  local pid_file stat
  pid_file="$(stack_dir)/run/$1.pid"
  # One look: between two, what is a zombie in the first is gone in the second.
  [ -f "$pid_file" ] && stat=$(cat "/proc/$(cat "$pid_file")/stat" 2>/dev/null) && [[ ! $stat =~ \)\ [ZX]\  ]]
}

# stack_start NAME BINARY [ARGUMENTS…]: starts it with the variables of env/NAME.env and nothing else of ours.
stack_start() {
  local name=$1 binary=$2 dir
  shift 2
  dir=$(stack_dir)
  if stack_running "$name"; then return 0; fi
  (
    for variable in $(compgen -e | grep '^QUITTANCE_' || true); do unset "$variable"; done
    set -a
    # shellcheck disable=SC1090
    source "$dir/env/$name.env"
    set +a
    exec setsid nohup "$BUILD/bin/$binary" "$@" </dev/null >>"$dir/log/$name.log" 2>&1
  ) &
  echo $! >"$dir/run/$name.pid"
}

# Waits until an URL answers 2xx; shows the end of the log when it does not.
stack_wait() {
  local name=$1 url=$2 until=$((SECONDS + STACK_START_SECONDS))
  until curl -fsS -o /dev/null --max-time 2 "$url" 2>/dev/null; do
    if ! stack_running "$name" || [ $SECONDS -ge $until ]; then
      tail -20 "$(stack_dir)/log/$name.log" >&2
      fail "$name did not become ready ($url)"
    fi
    sleep 0.05
  done
}

# A random secret kept in secrets/NAME (made once per stack).
stack_secret() {
  local file
  file="$(stack_dir)/secrets/$1"
  [ -f "$file" ] || (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file")
  cat "$file"
}

stack_keyring() {
  local file
  file="$(stack_dir)/secrets/$1"
  [ -f "$file" ] || (umask 077 && printf '1 %s\n' "$(head -c 32 /dev/urandom | base64 -w0)" >"$file")
}

# Databases, roles and passwords; the URLs stand in secrets/<service>_<role>.url.
stack_databases() {
  local dir service role variables=()
  dir=$(stack_dir)
  for service in "${STACK_SERVICES[@]}"; do
    for role in owner app system; do
      (umask 077 && printf 'postgresql://%s_%s:%s@127.0.0.1:%s/quittance_%s' "$service" "$role" \
        "$(stack_secret "${service}_$role.password")" "$(stack_port 40)" "$service" >"$dir/secrets/${service}_$role.url")
      variables+=("\\set ${service}_$role '$(stack_secret "${service}_$role.password")'")
    done
    (umask 077 && printf 'postgresql://%s_system:%s@127.0.0.1:%s/quittance_erasures' "$service" \
      "$(stack_secret "${service}_system.password")" "$(stack_port 40)" >"$dir/secrets/${service}_ledger.url")
  done
  { printf '%s\n' "${variables[@]}"; cat "$ROOT/deploy/local/databases.sql"; } |
    psql -q -v ON_ERROR_STOP=1 "$(cat "$dir/postgres.url")" >"$dir/log/databases.log" 2>&1 || { cat "$dir/log/databases.log" >&2; fail "databases"; }
  local ledger
  ledger=$(cat "$dir/postgres.url")
  { cat "$ROOT/deploy/erasures.sql"; echo 'GRANT quittance_erasures_writer TO auth_system;'
    echo 'GRANT quittance_erasures_reader TO billing_system, subscriptions_system, notifications_system;'; } |
    psql -q -v ON_ERROR_STOP=1 "${ledger%/*}/quittance_erasures" >>"$dir/log/databases.log" 2>&1 || { cat "$dir/log/databases.log" >&2; fail "ledger"; }
}

# stack_shape [embedded|kafka] [REPLICAS]: what the first `up` chose wins.
stack_shape() {
  local file
  file="$(stack_dir)/shape"
  [ -f "$file" ] || printf 'STACK_BROKER=%s\nSTACK_REPLICAS=%s\n' "${1:-embedded}" "${2:-1}" >"$file"
  # shellcheck disable=SC1090
  source "$file"
}

# The name of a process's replica: billing, billing-2, …
stack_name() { if [ "$2" = 1 ]; then echo "$1"; else echo "$1-$2"; fi; }

# stack_offset PROCESS REPLICA listen|admin: its port's offset. Further replicas stand at 50 and above, ten ports for each.
stack_offset() {
  local index=0 process admin=0
  for process in "${STACK_PROCESSES[@]}"; do
    [ "$process" = "$1" ] && break
    index=$((index + 1))
  done
  if [ "$3" = admin ]; then admin=5; fi
  if [ "$2" != 1 ]; then
    echo $((50 + 10 * ($2 - 2) + index + admin))
  elif [ "$3" = admin ]; then
    echo $((20 + index))
  elif [ "$1" = ingress ]; then
    echo 0
  else
    echo $((10 + index))
  fi
}

# What a client dials for a service: host:port, or ipv4:a,b over all replicas (gRPC's name syntax).
stack_target() {
  local replica addresses=""
  for ((replica = 1; replica <= STACK_REPLICAS; replica++)); do
    addresses+="${addresses:+,}127.0.0.1:$(stack_port "$(stack_offset "$1" "$replica" listen)")"
  done
  if [ "$STACK_REPLICAS" = 1 ]; then echo "$addresses"; else echo "ipv4:$addresses"; fi
}

# The environment of one process, written once per start: env/NAME.env is also what to look at. Lines of DIR/extra.env, if it is there, win.
stack_env() {
  local service=$1 replica=${2:-1} dir name listen admin psp
  dir=$(stack_dir)
  name=$(stack_name "$service" "$replica")
  listen=$(stack_port "$(stack_offset "$service" "$replica" listen)")
  admin=$(stack_port "$(stack_offset "$service" "$replica" admin)")
  {
    echo "QUITTANCE_PROFILE=dev"
    echo "QUITTANCE_ADMIN_LISTEN=127.0.0.1:$admin"
    echo "QUITTANCE_TEST_CLOCK_FILE=$dir/clock"
    echo "QUITTANCE_CRASH_FILE=$dir/crash/$name"
    echo "QUITTANCE_PUBLIC_URL=http://127.0.0.1:$(stack_port 0)"
    echo "QUITTANCE_ISSUER=http://127.0.0.1:$(stack_port 0)"
    echo "QUITTANCE_AUTH_TARGET=$(stack_target auth)"
    if [ "$service" = ingress ]; then
      echo "QUITTANCE_HTTP_LISTEN=127.0.0.1:$listen"
      echo "QUITTANCE_BILLING_TARGET=$(stack_target billing)"
      echo "QUITTANCE_SUBSCRIPTIONS_TARGET=$(stack_target subscriptions)"
    else
      echo "QUITTANCE_GRPC_LISTEN=127.0.0.1:$listen"
      echo "QUITTANCE_REFLECTION=on"
      echo "QUITTANCE_DATABASE_URL_FILE=$dir/secrets/${service}_app.url"
      echo "QUITTANCE_SYSTEM_DATABASE_URL_FILE=$dir/secrets/${service}_system.url"
      echo "QUITTANCE_DATABASE_OWNER_URL_FILE=$dir/secrets/${service}_owner.url"
      echo "QUITTANCE_ERASURE_LEDGER_URL_FILE=$dir/secrets/${service}_ledger.url"
      echo "QUITTANCE_KEYRING_FILE=$dir/secrets/$service.keyring"
      echo "QUITTANCE_MIGRATIONS_DIR=$ROOT/migrations/$service"
      echo "QUITTANCE_KAFKA_BROKERS=$(cat "$dir/run/broker.address")"
    fi
    if [ "$service" != auth ]; then
      echo "QUITTANCE_CLIENT_ID=$(cat "$dir/secrets/bootstrap/$service.client_id" 2>/dev/null || true)"
      echo "QUITTANCE_CLIENT_SECRET_FILE=$dir/secrets/bootstrap/$service.client_secret"
    fi
    case $service in
      auth)
        echo "QUITTANCE_TOKEN_KEYRING_FILE=$dir/secrets/token.keyring"
        # Hashing threads take what others leave; beside tests and compilers that may be nothing for seconds.
        echo "QUITTANCE_HASH_WAIT_MS=15000"
        echo "QUITTANCE_BILLING_TARGET=$(stack_target billing)"
        echo "QUITTANCE_SUBSCRIPTIONS_TARGET=$(stack_target subscriptions)"
        echo "QUITTANCE_NOTIFICATIONS_TARGET=$(stack_target notifications)"
        ;;
      billing)
        echo "QUITTANCE_SUBSCRIPTIONS_TARGET=$(stack_target subscriptions)"
        for psp in stripe hmac paypal adyen cinetpay; do echo "QUITTANCE_${psp^^}_BASE_URL=http://127.0.0.1:$(stack_port 30)/$psp"; done
        ;;
      subscriptions)
        echo "QUITTANCE_BILLING_TARGET=$(stack_target billing)"
        echo "QUITTANCE_TELEGRAM_BASE_URL=http://127.0.0.1:$(stack_port 30)/telegram"
        ;;
      notifications)
        echo "QUITTANCE_TOKEN_KEYRING_FILE=$dir/secrets/token.keyring"
        echo "QUITTANCE_SMTP_URL=smtp://127.0.0.1:$(stack_port 31)"
        echo "QUITTANCE_TWILIO_BASE_URL=http://127.0.0.1:$(stack_port 30)/twilio"
        ;;
    esac
    if [ -f "$dir/extra.env" ]; then cat "$dir/extra.env"; fi
  } >"$dir/env/$name.env"
}

# Runs a verb of a service's binary (migrate, bootstrap) in its environment.
stack_run() {
  local name=$1 dir
  shift
  dir=$(stack_dir)
  (
    set -a
    # shellcheck disable=SC1090
    source "$dir/env/$name.env"
    set +a
    "$BUILD/bin/quittance-$name" "$@"
  ) >>"$dir/log/$name.$1.log" 2>&1 || { tail -20 "$dir/log/$name.$1.log" >&2; fail "quittance-$name $1"; }
}

# stack_up [embedded|kafka] [REPLICAS]
stack_up() {
  local dir service replica name
  dir=$(stack_dir)
  mkdir -p "$dir"/{run,log,env,secrets,crash}
  chmod 700 "$dir/secrets"
  stack_shape "$@"
  [ -f "$dir/clock" ] || echo 0 >"$dir/clock"
  pg_start "$dir" "$(stack_port 40)" || fail "PostgreSQL did not start"
  stack_databases
  stack_broker
  {
    echo "QUITTANCE_SANDBOX_HTTP=127.0.0.1:$(stack_port 30)"
    echo "QUITTANCE_SANDBOX_SMTP=127.0.0.1:$(stack_port 31)"
    echo "QUITTANCE_TEST_CLOCK_FILE=$dir/clock"
  } >"$dir/env/sandbox.env"
  stack_start sandbox quittance-sandbox
  stack_wait sandbox "http://127.0.0.1:$(stack_port 30)/control/calls"

  for service in "${STACK_SERVICES[@]}"; do
    stack_keyring "$service.keyring"
    stack_env "$service"
    stack_run "$service" migrate
  done
  stack_keyring token.keyring
  stack_env auth
  if [ ! -f "$dir/secrets/bootstrap/platform.client_secret" ]; then
    stack_run auth bootstrap --out "$dir/secrets/bootstrap" --tenant calmness --display-name Calmness --locale fr --time-zone Europe/Paris
  fi
  for ((replica = 1; replica <= STACK_REPLICAS; replica++)); do
    for service in "${STACK_PROCESSES[@]}"; do
      stack_env "$service" "$replica"
      truncate -s 1024 "$dir/crash/$(stack_name "$service" "$replica")" # tests/chaos arms crash points there
      stack_start "$(stack_name "$service" "$replica")" "quittance-$service"
    done
  done
  for ((replica = 1; replica <= STACK_REPLICAS; replica++)); do
    for service in "${STACK_PROCESSES[@]}"; do
      name=$(stack_name "$service" "$replica")
      stack_wait "$name" "http://127.0.0.1:$(stack_port "$(stack_offset "$service" "$replica" admin)")/readyz"
    done
  done
  stack_endpoints
  if [ ! -f "$dir/endpoints.json" ]; then
    "$BUILD/bin/quittance-seed" "$dir/endpoints.partial.json" "$dir/endpoints.json" || fail "seed"
  fi
}

# Starts processes of a stack that is up again, as they were (billing-2); nothing else is looked at.
stack_again() {
  local dir name
  dir=$(stack_dir)
  for name in "$@"; do
    [ -f "$dir/env/$name.env" ] || fail "start: the stack has no process $name"
    stack_start "$name" "quittance-${name%-[0-9]}"
  done
  for name in "$@"; do
    stack_wait "$name" "$(jq -r --arg name "$name" '.admin[$name]' "$dir/endpoints.json")/readyz"
  done
}

# The broker that the shape names; its address stands in run/broker.address.
stack_broker() {
  local dir until=$((SECONDS + STACK_START_SECONDS))
  dir=$(stack_dir)
  if [ "$STACK_BROKER" = kafka ]; then
    kafka_start "$dir" "$(stack_port 41)"
    return
  fi
  stack_running broker && return
  rm -f "$dir/run/broker.address"
  : >"$dir/env/broker.env"
  stack_start broker quittance-dev-broker --address-file "$dir/run/broker.address"
  until [ -s "$dir/run/broker.address" ]; do
    if [ $SECONDS -ge $until ] || ! stack_running broker; then
      tail -5 "$dir/log/broker.log" >&2
      fail "the broker did not start"
    fi
    sleep 0.05
  done
}

# What the seed starts from: addresses and the credentials that bootstrap made.
stack_endpoints() {
  local dir service replica admin='{}' ingresses='[]'
  dir=$(stack_dir)
  for ((replica = 1; replica <= STACK_REPLICAS; replica++)); do
    for service in "${STACK_PROCESSES[@]}"; do
      admin=$(jq -c --arg name "$(stack_name "$service" "$replica")" --arg url "http://127.0.0.1:$(stack_port "$(stack_offset "$service" "$replica" admin)")" \
        '.[$name] = $url' <<<"$admin")
    done
    ingresses=$(jq -c --arg url "http://127.0.0.1:$(stack_port "$(stack_offset ingress "$replica" listen)")" '. + [$url]' <<<"$ingresses")
  done
  (
    umask 077
    jq -n --arg host 127.0.0.1 --argjson base "$(stack_port 0)" --arg kafka "$(cat "$dir/run/broker.address")" \
      --arg billing "$(cat "$dir/secrets/billing_app.url")" --arg auth "$(cat "$dir/secrets/auth_app.url")" \
      --arg subscriptions "$(cat "$dir/secrets/subscriptions_app.url")" --arg notifications "$(cat "$dir/secrets/notifications_app.url")" \
      --arg admin_url "$(cat "$dir/postgres.url")" --arg clock "$dir/clock" \
      --arg platform_id "$(cat "$dir/secrets/bootstrap/platform.client_id")" --arg platform_secret "$(cat "$dir/secrets/bootstrap/platform.client_secret")" \
      --argjson admin "$admin" --argjson ingresses "$ingresses" --arg auth_target "$(stack_target auth)" --arg billing_target "$(stack_target billing)" \
      --arg subscriptions_target "$(stack_target subscriptions)" --arg notifications_target "$(stack_target notifications)" \
      --arg operator_id "$(cat "$dir/secrets/bootstrap/operator.client_id")" --arg operator_secret "$(cat "$dir/secrets/bootstrap/operator.client_secret")" \
      'def at($offset): "\($host):\($base + $offset)";
       {ingress: (if ($ingresses | length) == 1 then $ingresses[0] else $ingresses end),
        auth: $auth_target, billing: $billing_target, subscriptions: $subscriptions_target, notifications: $notifications_target, admin: $admin,
        kafka: $kafka, sandbox: ("http://" + at(30)), smtp: at(31),
        postgres: {auth: $auth, billing: $billing, subscriptions: $subscriptions, notifications: $notifications},
        postgres_admin: $admin_url, clock_file: $clock, tenant: "calmness",
        platform: {client_id: $platform_id, client_secret: $platform_secret},
        operator: {client_id: $operator_id, client_secret: $operator_secret}}' >"$dir/endpoints.partial.json"
  )
}

# Stops one process: SIGTERM, 30 s, SIGKILL.
stack_stop() {
  local name=$1 pid_file pid until=$((SECONDS + 30))
  pid_file="$(stack_dir)/run/$name.pid"
  [ -f "$pid_file" ] || return 0
  pid=$(cat "$pid_file")
  kill -TERM "$pid" 2>/dev/null || true
  while stack_running "$name"; do
    if [ $SECONDS -ge $until ]; then kill -KILL "$pid" 2>/dev/null || true; fi
    sleep 0.05
  done
  rm -f "$pid_file"
}

stack_down() {
  local dir file name names=()
  dir=$(stack_dir)
  for file in "$dir"/run/*.pid; do
    [ -f "$file" ] || continue
    name=$(basename "$file" .pid)
    if [ "$name" != sandbox ] && [ "$name" != broker ]; then
      names+=("$name")
      kill -TERM "$(cat "$file")" 2>/dev/null || true
    fi
  done
  for name in "${names[@]}" sandbox broker; do stack_stop "$name"; done
  pg_stop "$dir"
  if [ "${1:-}" = --purge ]; then
    pg_drop "$dir"
    rm -rf "$dir"
  fi
}

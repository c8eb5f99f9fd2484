# shellcheck shell=bash
# What `./dev setup` installs: Debian packages of deploy/packages.txt by section, and PyPI wheels pinned by hash. Sourced by ./dev.
# Invariant: run twice it does nothing; it never names a registry (apt and pip know theirs).

setup_packages_of() { sed -n "s/^$1: //p" "$ROOT/deploy/packages.txt"; }

setup_sections() {
  local section missing=() package
  mkdir -p "$ROOT/.cache"
  for section in "$@"; do
    for package in $(setup_packages_of "$section"); do
      [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
  done
  if [ ${#missing[@]} -gt 0 ]; then
    say "installing Debian packages: ${missing[*]}"
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    # Debian's PostgreSQL would make and start a cluster of its own; ours are private.
    if [[ " ${missing[*]} " == *" postgresql-15 "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
      "${sudo[@]}" mkdir -p /etc/postgresql-common
      echo "create_main_cluster = false" | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    # Of prometheus the tests want promtool, not a server that starts by itself.
    if [[ " ${missing[*]} " == *" prometheus "* ]] && [ ! -e /etc/systemd/system/prometheus.service ]; then
      "${sudo[@]}" mkdir -p /etc/systemd/system
      "${sudo[@]}" ln -s /dev/null /etc/systemd/system/prometheus.service
    fi
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$ROOT/.cache/apt.log" 2>&1 ||
      { tail -20 "$ROOT/.cache/apt.log" >&2; fail "apt-get install failed"; }
  fi
  if [[ " $* " == *" build "* ]]; then setup_google_protos; fi
}

# setup_python NAME REQUIREMENTS: a virtual environment under .cache/python-NAME with exactly these wheels.
setup_python() {
  local dir="$ROOT/.cache/python-$1" stamp
  stamp=$(sha256sum "$ROOT/$2" | cut -c1-16)
  [ -f "$dir/stamp-$stamp" ] && return 0
  say "installing $2 from PyPI"
  rm -rf "$dir"
  /usr/bin/python3 -m venv "$dir"
  "$dir/bin/pip" install -q --disable-pip-version-check --no-deps --require-hashes -r "$ROOT/$2"
  touch "$dir/stamp-$stamp"
}

setup_google_protos() {
  local out="$ROOT/.cache/googleapis-common-protos"
  [ -f "$out/google/rpc/error_details.proto" ] && return 0
  setup_python build deploy/requirements-build.txt
  mkdir -p "$out/google/rpc"
  cp "$ROOT"/.cache/python-build/lib/python3*/site-packages/google/rpc/{status,code,error_details}.proto "$out/google/rpc/"
}

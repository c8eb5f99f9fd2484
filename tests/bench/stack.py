"""The stack that is measured: release build, its own folder and ports, PostgreSQL with fsync and synchronous_commit on.

Invariant: a figure is printed only after what was written has been checked; nothing here tunes the database for the benchmark.
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
TICKS = os.sysconf("SC_CLK_TCK")
SERVICES = ("auth", "billing", "subscriptions", "notifications")
# Limits are an operator's setting; the benchmark sets the one that would refuse its load (docs/configuration.md).
# The second line is what a production has, not a machine full of tests.
EXTRA = "QUITTANCE_SERVICE_ACCOUNT_RATE=10000000\nQUITTANCE_HASH_WAIT_MS=1000\n"
REFERENCE_DATABASES = ("auth", "billing", "subscriptions")


class CheckFailed(Exception):
    """What was written is not what was asked for."""


def check(condition, what):
    if not condition:
        raise CheckFailed(what)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


class Stack:
    def __init__(self, embedded, rounds, seconds):
        self.embedded, self.rounds, self.seconds = embedded, rounds, seconds
        self.dir = ROOT / os.environ.get("QUITTANCE_DEV_DIR", ".dev-bench")
        self.base = int(os.environ.get("QUITTANCE_PORT_BASE", "7300"))
        self.env = dict(os.environ, QUITTANCE_BUILD=str(BUILD), QUITTANCE_DEV_DIR=str(self.dir), QUITTANCE_PORT_BASE=str(self.base))
        self.fleet = self.dir / "fleet.json"
        self.tenants = 0

    def dev(self, *arguments):
        subprocess.run([str(ROOT / "dev"), *arguments], env=self.env, check=True, stdout=subprocess.DEVNULL)

    def up(self, tenants):
        self.dir.mkdir(parents=True, exist_ok=True)
        (self.dir / "extra.env").write_text(EXTRA)
        self.dev("up", "--no-build", *([] if self.embedded else ["--kafka"]))
        self.endpoints = json.loads((self.dir / "endpoints.json").read_text())
        if self.sql("postgres", "SHOW track_commit_timestamp") != "on":  # commit times, for latencies from commit to commit
            self.sql("postgres", "ALTER SYSTEM SET track_commit_timestamp = on")
            self.postgres("restart", "-m", "fast")
            self.dev("up", "--no-build")
        self.load("prepare", tenants=tenants)
        self.tenants = tenants
        for service in REFERENCE_DATABASES:
            self.make_reference(service)

    def down(self):
        self.dev("down", "--purge")

    # PostgreSQL.

    def url(self, database):
        return re.sub(r"/[^/]*$", "/" + database, self.endpoints["postgres_admin"])

    def sql(self, database, text, **variables):
        name = database if database in ("postgres",) or database.startswith("bench_") else "quittance_" + database
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.url(name)]
        for key, value in variables.items():
            command += ["-v", f"{key}={value}"]
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip() + "\nin: " + text[:400])
        return done.stdout.strip()

    def postgres(self, *arguments):
        command = f'source deploy/local/postgres.sh; pg_as "$PG_BIN/pg_ctl" -D "$(pg_dir "{self.dir}")/data" -l "$(pg_dir "{self.dir}")/server.log" -w '
        command += f'-o "-p {self.base + 40}" ' + " ".join(arguments)
        subprocess.run(["bash", "-c", command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    # A database with the same schema, migrated by the service itself, that no process of the stack looks at.
    def make_reference(self, service):
        name = "bench_" + service
        if self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1":
            return
        self.sql("postgres", f"CREATE DATABASE {name} OWNER {service}_owner")
        owner = (self.dir / f"secrets/{service}_owner.url").read_text()
        env = self.service_env(service)
        del env["QUITTANCE_DATABASE_OWNER_URL_FILE"]
        env["QUITTANCE_DATABASE_OWNER_URL"] = re.sub(r"/[^/]*$", "/" + name, owner)
        subprocess.run([BUILD / f"bin/quittance-{service}", "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)

    def pgbench(self, database, script, clients, seconds=None, transactions=None, **variables):
        """Runs a script of tests/bench/sql; gives {per_second, latency_ms, transactions}."""
        text = (ROOT / "tests/bench/sql" / script).read_text()
        for key in [key for key in variables if key.startswith("text_")]:
            text = text.replace("{" + key[5:] + "}", variables.pop(key))
        path = self.dir / ("reference-" + script)
        path.write_text(text)
        command = [PGBENCH, "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)), "-f", str(path)]
        command += ["-T", str(max(1, round(seconds)))] if transactions is None else ["-t", str(transactions // clients)]
        for key, value in variables.items():
            command += ["-D", f"{key}={value}"]
        done = subprocess.run(command + [self.url(database)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        check("number of failed transactions: 0 " in done.stdout, "pgbench: " + done.stdout)
        return {"per_second": float(re.search(r"tps = ([0-9.]+)", done.stdout).group(1)),
                "latency_ms": float(re.search(r"latency average = ([0-9.]+)", done.stdout).group(1)),
                "transactions": int(re.search(r"actually processed: (\d+)", done.stdout).group(1))}

    # Processes.

    def service_env(self, name):
        env = {key: value for key, value in os.environ.items() if not key.startswith("QUITTANCE_")}
        for line in (self.dir / f"env/{name}.env").read_text().splitlines():
            key, _, value = line.partition("=")
            env[key] = value
        return env

    def start(self, name, binary=None, env=None):
        log = open(self.dir / f"log/{name}.log", "ab")
        process = subprocess.Popen([BUILD / f"bin/quittance-{binary or name}"], env=env or self.service_env(name), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True)
        (self.dir / f"run/{name}.pid").write_text(f"{process.pid}\n")
        return process

    def pid(self, name):
        return int((self.dir / f"run/{name}.pid").read_text())

    def send_signal(self, name, number):
        os.kill(self.pid(name), number)

    def stop(self, name, number=signal.SIGTERM):
        pid = self.pid(name)
        os.kill(pid, number)
        while alive(pid):
            time.sleep(0.002)

    def admin(self, name):
        return self.endpoints["admin"][name]

    def ready(self, url, limit=60):
        """Seconds until an admin port says it is ready; polled every 2 ms by a plain socket."""
        host, port = url.split("//")[1].split(":")
        begin = time.monotonic()
        while time.monotonic() - begin < limit:
            try:
                with socket.create_connection((host, int(port)), 1) as link:
                    link.sendall(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                    if link.recv(64).startswith(b"HTTP/1.1 200"):
                        return time.monotonic() - begin
            except OSError:
                pass
            time.sleep(0.002)
        raise RuntimeError(url + " is not ready")

    def processes(self):
        found = {path.stem: int(path.read_text()) for path in (self.dir / "run").glob("*.pid")}
        return {name: pid for name, pid in found.items() if alive(pid)}

    def postmaster(self):
        return parent(int(self.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")))

    def cpu(self):
        """Seconds of CPU so far, by process; PostgreSQL is all of its processes together."""
        used = {name: cpu_of(pid, False) for name, pid in self.processes().items()}
        master = self.postmaster()
        used["postgres"] = cpu_of(master, True) + sum(cpu_of(pid, False) for pid in children(master))
        return used

    # Load.

    def load(self, verb, **options):
        command = self.load_command(verb, **options)
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return json.loads(done.stdout)

    def load_command(self, verb, **options):
        command = [str(BUILD / "bin/quittance-load"), verb, "--endpoints", str(self.dir / "endpoints.json"), "--fleet", str(self.fleet)]
        for key, value in options.items():
            command += ["--" + key.replace("_", "-"), str(value)]
        return command

    def measured(self, verb, **options):
        """A load with the CPU of every process beside it, in microseconds per operation that succeeded."""
        before = self.cpu()
        report = self.load(verb, **options)
        after = self.cpu()
        ops = max(1, report["ok_total"])
        report["cpu_us"] = {name: round((after[name] - before.get(name, 0)) * 1e6 / ops, 1) for name in after}
        report["cpu_us"]["load"] = round(report["client_cpu_us"], 1)
        return report

    # Between two runs.

    def settle(self, limit=180):
        """Until every outbox is empty and consumers have gone quiet."""
        begin = time.monotonic()
        quiet = 0
        while quiet < 2:
            check(time.monotonic() - begin < limit, "the stack does not come to rest")
            before = self.service_cpu()
            time.sleep(0.5)
            busy = self.service_cpu() - before > 0.15
            left = 0 if busy else sum(int(self.sql(service, "SELECT count(*) FROM outbox")) for service in SERVICES)
            quiet = 0 if busy or left > 0 else quiet + 1

    def service_cpu(self):
        return sum(cpu_of(pid, False) for name, pid in self.processes().items() if name in SERVICES)

    def clean(self):
        """Empties what grew, here and in the references, and gets the checkpoint out of the way."""
        self.sql("billing", "TRUNCATE payments, payment_attempts, payment_facts, refunds, webhook_deliveries, idempotency_keys, audit_log, inbox CASCADE;")
        self.sql("subscriptions", "TRUNCATE subscriptions, subscription_periods, subscription_period_stops, payment_versions, audit_log, inbox CASCADE;")
        self.sql("notifications", "TRUNCATE inbox;")
        self.sql("bench_billing", "TRUNCATE payments, payment_attempts, payment_facts, refunds, webhook_deliveries, idempotency_keys, audit_log, inbox, "
                                  "users, outbox CASCADE;")
        self.sql("bench_subscriptions", "TRUNCATE subscriptions, subscription_periods, subscription_period_stops, payment_versions, audit_log, inbox, outbox CASCADE;")
        self.sql("postgres", "CHECKPOINT")


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def fields(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def parent(pid):
    return int(fields(pid)[1])


def cpu_of(pid, with_children):
    try:
        stat = fields(pid)
    except OSError:
        return 0.0
    return sum(int(stat[index]) for index in ((11, 12, 13, 14) if with_children else (11, 12))) / TICKS


def children(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if parent(int(entry.name)) == pid:
                    found.append(int(entry.name))
            except (OSError, IndexError, ValueError):
                pass
    return found

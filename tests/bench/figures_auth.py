"""Auth: B11 (a flood of logins), B12 (who a token stands for), REFRESH (rotation of refresh tokens)."""
import json
import pathlib
import subprocess
import threading

from figures_calls import CLIENTS, ratios
from stack import BUILD, ROOT, check, median

PEOPLE = 1200
LOGINS = 1000      # in flight
WARM_UP = 3.0      # seconds in which the crowd finds its pace
FLOOD = 4          # times the seconds of other loads: a login takes half a tenth of a second of a core
SESSIONS = 1920    # divides by every number of clients
ROTATIONS = 64     # in flight
PROBE_RATE = 50    # calls of the other rpc a second


def program(name, *arguments):
    done = subprocess.run([str(BUILD / f"bin/quittance-{name}"), *map(str, arguments)], capture_output=True, text=True)
    check(done.returncode == 0, done.stderr.strip())
    return json.loads(done.stdout)


def sql_file(stack, database, name, **variables):
    return stack.sql(database, (ROOT / "tests/bench/sql" / name).read_text(), **variables)


# The first tenant's people, all with one password. Gives the tenant's id.
def people(stack):
    tenant = json.loads(stack.fleet.read_text())[0]["id"].split("_")[1]
    ready = f"SELECT count(*) FROM users WHERE tenant_id = '{tenant}' AND password_hash IS NOT NULL AND email_verified_at IS NOT NULL"
    if int(stack.sql("auth", ready)) < PEOPLE:
        stack.load("people", people=PEOPLE)
        sql_file(stack, "auth", "people.sql", tenant=tenant)
        stack.settle()
    check(int(stack.sql("auth", ready)) >= PEOPLE, "people are missing")
    return tenant


def empty(stack):
    stack.sql("auth", "TRUNCATE sessions, refresh_tokens, devices, login_throttles, revocations, audit_log CASCADE")
    stack.sql("postgres", "CHECKPOINT")


def resident(stack, field):
    status = pathlib.Path(f"/proc/{stack.pid('auth')}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(field))) / 1024


def probe(stack, seconds, result):
    result.update(stack.load("user", tenants=10, rate=PROBE_RATE, seconds=seconds, warm_up=1))


# Each acknowledged login left one session with one token and one audit row; whoever was sent away and came back was not counted as a failure.
def check_logins(stack, report):
    row = stack.sql("auth", """SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM refresh_tokens WHERE parent_id IS NULL),
        (SELECT count(*) FROM audit_log WHERE action = 'Login' AND detail LIKE '%succeeded%'), (SELECT coalesce(sum(failures), 0) FROM login_throttles)""")
    found = [int(text) for text in row.split("|")]
    count = report["ok_total"]
    check(found == [count, count, count, 0], f"{count} logins were acknowledged, found {found}")


def b11(stack, emit):
    people(stack)
    seconds = FLOOD * stack.seconds
    ours, raw, idle, busy, memory, last = [], [], [], [], [], {}
    for _ in range(stack.rounds):
        empty(stack)
        raw.append(program("bench-argon2", seconds)["per_second"])
        before, during = {}, {}
        probe(stack, seconds, before)
        pathlib.Path(f"/proc/{stack.pid('auth')}/clear_refs").write_text("5")  # the peak counts from here
        thread = threading.Thread(target=probe, args=(stack, seconds, during))
        thread.start()
        last = stack.measured("login", people=PEOPLE, in_flight=LOGINS, seconds=seconds + WARM_UP, warm_up=WARM_UP, channels=8)
        thread.join()
        memory.append(resident(stack, "VmHWM"))
        check(set(last["why"]) <= {"over"} and last["unfinished"] == 0, f"logins failed: {last['why']}")
        check(before["failed"] == 0 and during["failed"] == 0, f"the other rpc failed: {before['why']} {during['why']}")
        stack.settle()
        check_logins(stack, last)
        ours.append(last["within_per_second"])
        idle.append(before["p99_ms"])
        busy.append(during["p99_ms"])
    emit("B11", **ratios(ours, raw), unit="logins/s of 1,000 in flight, reference: argon2id on all cores", rates=[round(rate, 1) for rate in ours],
         reference_rates=[round(rate, 1) for rate in raw], tries=round(last["tries"] / max(1, last["ok_total"]), 1), told_to_wait=last["told_to_wait"],
         peak_mib=round(max(memory)), cpu_us=last["cpu_us"])
    emit("B11-rpc", **ratios(busy, idle), unit="p99 of GetUser during it / idle, lower is better; ours and reference in ms",
         more_ms=round(median([a - b for a, b in zip(busy, idle)]), 1), p99_ms=round(median(busy), 1), idle_p99_ms=round(median(idle), 1))


def b12(stack, emit):
    reports = [program("bench-verify") for _ in range(stack.rounds)]
    emit("B12", **ratios([one["per_second"] for one in reports], [one["bare_per_second"] for one in reports]),
         unit="tokens/s, 99 of 100 seen before, one thread; reference: ES256 each time",
         hit_us=round(1e6 / median([one["hits_per_second"] for one in reports]), 2),
         first_us=round(1e6 / median([one["first_per_second"] for one in reports]), 1))


# The reference's database has the same people.
def copy_people(stack, tenant):
    tables = ("tenants", "roles", "role_scopes", "users", "user_keys", "user_roles")
    stack.sql("bench_auth", "TRUNCATE tenants CASCADE")
    for table in tables:
        path = stack.dir / "copied.tsv"
        stack.sql("auth", f"\\copy (SELECT * FROM {table} WHERE tenant_id = '{tenant}') TO '{path}'")
        stack.sql("bench_auth", f"\\copy {table} FROM '{path}'")
    stack.sql("bench_auth", "ANALYZE")


# Every rotation spent one token and made one, and each family lives with one token that was not used yet.
def check_rotations(stack, database, count):
    row = stack.sql(database, """SELECT count(*) FILTER (WHERE state = 'used'), count(DISTINCT parent_id), count(*) FILTER (WHERE state = 'active'),
        count(DISTINCT session_id) FILTER (WHERE state = 'active'), (SELECT count(*) FROM sessions WHERE revoked_at IS NOT NULL) FROM refresh_tokens""")
    found = [int(text) for text in row.split("|")]
    check(found == [count, count, SESSIONS, SESSIONS, 0], f"{count} rotations were acknowledged, found {found}")


def refresh(stack, emit):
    tenant = people(stack)
    copy_people(stack, tenant)
    for database in ("auth", "bench_auth"):
        sql_file(stack, database, "bench_id.sql")

    def reference(clients, seconds=stack.seconds):
        sql_file(stack, "bench_auth", "stage_sessions.sql", tenant=tenant, count=SESSIONS)
        stack.sql("postgres", "CHECKPOINT")
        report = stack.pgbench("bench_auth", "refresh.sql", clients, seconds, tenant=tenant, each=SESSIONS // clients, i=0)
        check_rotations(stack, "bench_auth", report["transactions"])
        return report["per_second"]

    clients = max(CLIENTS, key=lambda n: reference(n, 2))
    tokens = stack.dir / "refresh_tokens.txt"
    ours, theirs, report = [], [], {}
    for _ in range(stack.rounds):
        theirs.append(reference(clients))
        empty(stack)
        sql_file(stack, "auth", "stage_sessions.sql", tenant=tenant, count=SESSIONS)
        tokens.write_text(stack.sql("auth", """SELECT 'qrt_' || rtrim(translate(encode(uuid_send(tenant_id) || uuid_send(token_id) || secret, 'base64'),
            E'+/\\n', '-_'), '=') FROM bench_sessions ORDER BY n""") + "\n")
        report = stack.measured("refresh", sessions=tokens, in_flight=ROTATIONS, seconds=stack.seconds, warm_up=0.5)
        check(report["failed"] == 0 and report["unfinished"] == 0, f"failed: {report['why']}")
        check_rotations(stack, "auth", report["ok_total"])
        ours.append(report["per_second"])
    emit("REFRESH", **ratios(ours, theirs), unit="rotations/s", reference_clients=clients, p50_ms=round(report["p50_ms"], 1),
         p99_ms=round(report["p99_ms"], 1), cpu_us=report["cpu_us"])


FIGURES = {"B11": b11, "B12": b12, "REFRESH": refresh}

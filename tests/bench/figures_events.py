"""Events and due rows: B6 (relay), B7 (commit to consumer), B8 (inbox), B10 (expiry of what is due)."""
import json
import signal
import threading
import time

from figures_calls import ratios
from figures_hooks import tenants_of
from stack import ROOT, check

EVENTS = 100_000
DUE = 100_000
BYTES = 300  # of an event, about as a PaymentCreated


def fill_outbox(stack, database, count):
    stack.sql(database, f"""INSERT INTO outbox (tenant_id, event_id, type, key, sequence, time, traceparent, data)
        SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(), 'quittance.billing.v1.BenchFilled', 'pay_' || replace(gen_random_uuid()::text, '-', ''), 1,
               now(), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', decode(repeat('ab', {BYTES}), 'hex') FROM generate_series(1, {count})""")


def wait_empty(stack, service, limit=120):
    begin = time.monotonic()
    while stack.sql(service, "SELECT EXISTS (SELECT 1 FROM outbox)") == "t":
        check(time.monotonic() - begin < limit, "the outbox does not become empty")
        time.sleep(0.1)  # each look is a psql of its own: more of them would be a fifth of what is measured


# Consumers stand still, as they do in the reference; what is measured is the relay.
def b6(stack, emit):
    listeners = ("subscriptions", "notifications")
    ours, theirs, drains, produces = [], [], [], []
    for number in range(stack.rounds):
        stack.clean()
        fill_outbox(stack, "bench_billing", EVENTS)
        drains.append(stack.pgbench("bench_billing", "drain.sql", 1, transactions=EVENTS // 500)["per_second"] * 500)
        check(stack.sql("bench_billing", "SELECT count(*) FROM outbox") == "0", "the reference left rows")
        produced = stack.load("produce", brokers=stack.endpoints["kafka"], topic="quittance.bench", count=EVENTS, bytes=BYTES)
        check(produced["failed"] == 0, "the reference lost messages")
        produces.append(produced["per_second"])
        theirs.append(min(drains[-1], produces[-1]))
        before = end_offsets(stack)
        for name in listeners:
            stack.send_signal(name, signal.SIGSTOP)
        try:
            fill_outbox(stack, "billing", EVENTS)
            begin = time.monotonic()
            wait_empty(stack, "billing")
            ours.append(EVENTS / (time.monotonic() - begin))
        finally:
            for name in listeners:
                stack.send_signal(name, signal.SIGCONT)
        told = end_offsets(stack) - before
        check(told == EVENTS, f"{EVENTS} events were written, {told} were published")
        stack.settle()
    emit("B6", **ratios(ours, theirs), unit="events/s", delete_500=round(sorted(drains)[len(drains) // 2]),
         librdkafka=round(sorted(produces)[len(produces) // 2]))


def end_offsets(stack):
    done = stack.load("offsets", brokers=stack.endpoints["kafka"], topic="quittance.billing.v1")
    return done["messages"]


# Users made in auth become known to billing; the other listeners stand still. First to last commit, without the first batch.
def b8(stack, emit):
    ours, theirs = [], []
    tenant = tenants_of(stack, 1)[1:-1]
    rows = stack.dir / "users.tsv"
    for _ in range(stack.rounds):
        stack.clean()
        theirs.append(max(stack.pgbench("bench_billing", "inbox.sql", clients, transactions=EVENTS // 500)["per_second"] * 500 for clients in (1, 2)))
        stack.clean()
        stack.load("users", tenant=tenant, count=EVENTS, file=rows)
        before = int(stack.sql("billing", "SELECT count(*) FROM users"))
        for name in ("billing", "subscriptions", "notifications"):
            stack.send_signal(name, signal.SIGSTOP)
        try:
            stack.sql("auth", f"\\copy outbox (tenant_id, event_id, type, key, sequence, time, traceparent, data) FROM '{rows}'")
            wait_empty(stack, "auth")
            stack.send_signal("billing", signal.SIGCONT)
            begin = time.monotonic()
            while int(stack.sql("billing", "SELECT count(*) FROM inbox")) < EVENTS:
                check(time.monotonic() - begin < 180, "billing does not apply what was told")
                time.sleep(1)  # commits tell the rate; a look is a psql that counts them all
        finally:
            for name in ("billing", "subscriptions", "notifications"):
                stack.send_signal(name, signal.SIGCONT)
        after = int(stack.sql("billing", "SELECT count(*) FROM users"))
        check(after - before == EVENTS, f"{EVENTS} users were told of, {after - before} are known")
        ours.append(float(stack.sql("billing", """WITH batches AS (SELECT pg_xact_commit_timestamp(xmin) AS at, count(*) AS n FROM inbox GROUP BY xmin)
            SELECT (sum(n) FILTER (WHERE at > (SELECT min(at) FROM batches))) / extract(epoch FROM max(at) - min(at)) FROM batches""")))
        stack.sql("billing", f"DELETE FROM users WHERE tenant_id = '{tenant}' AND id NOT IN (SELECT user_id FROM payments) AND version = 1 "
                  f"AND id <> '{json.loads(stack.fleet.read_text())[0]['user'].split('_')[1]}'")
        stack.settle()
    emit("B8", **ratios(ours, theirs), unit="effects/s")


def probe(stack, seconds, result):
    result.update(stack.load("list", tenants=10, rate=100, seconds=seconds))


def b10(stack, emit):
    folder = ROOT / "tests/bench/sql"
    for database in ("subscriptions", "bench_subscriptions"):
        stack.sql(database, (folder / "bench_id.sql").read_text())
    due = (folder / "stage_due.sql").read_text()
    ours, theirs, idle, busy = [], [], [], []
    for _ in range(stack.rounds):
        stack.clean()
        stack.sql("bench_subscriptions", due, count=DUE, tenants=tenants_of(stack, 10))
        stack.sql("postgres", "CHECKPOINT")
        begin = time.monotonic()
        stack.sql("bench_subscriptions", (folder / "expire.sql").read_text().replace("{event}", "\\x" + "ab" * 200))
        theirs.append(DUE / (time.monotonic() - begin))
        check(stack.sql("bench_subscriptions", "SELECT count(*) FROM outbox") == str(DUE), "the reference expired something else")
        stack.clean()
        before, during = {}, {}
        probe(stack, 3, before)
        stack.sql("subscriptions", due, count=DUE, tenants=tenants_of(stack, 10))
        begin = time.monotonic()
        thread = threading.Thread(target=probe, args=(stack, 4, during))
        thread.start()
        while stack.sql("subscriptions", "SELECT EXISTS (SELECT 1 FROM subscriptions WHERE status = 'active' AND current_period_end <= now())") == "t":
            check(time.monotonic() - begin < 180, "what is due does not expire")
            time.sleep(0.2)
        ours.append(DUE / (time.monotonic() - begin))
        thread.join()
        check(before["failed"] == 0 and during["failed"] == 0, f"calls failed: {before['why']} {during['why']}")
        idle.append(before["p99_ms"])
        busy.append(during["p99_ms"])
        stack.settle()
        row = stack.sql("subscriptions", """SELECT count(*) FILTER (WHERE status = 'expired' AND version = 2), (SELECT count(*) FROM audit_log WHERE action = 'ExpireSubscription'),
            (SELECT count(DISTINCT subject) FROM audit_log) FROM subscriptions""")
        check(row == f"{DUE}|{DUE}|{DUE}", f"{DUE} were due, found {row}")
    emit("B10", **ratios(ours, theirs), unit="expiries/s")
    emit("B10-rpc", **ratios(busy, idle), unit="p99 of ListSubscriptions during it / idle, lower is better; ours and reference in ms")


# Commit of the payment to commit of its inbox row in subscriptions, at 1,000 a second.
def b7(stack, emit):
    p50, p99 = [], []
    for number in range(stack.rounds):
        stack.clean()
        report = stack.load("create", tenants=10, rate=1000, seconds=stack.seconds, run=f"b7-latency-{number}")
        check(report["failed"] == 0, f"failed: {report['why']}")
        stack.settle()
        commits = dict(line.split("|") for line in stack.sql(
            "billing", "SELECT event_id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 FROM audit_log").splitlines())
        heard = dict(line.split("|") for line in stack.sql(
            "subscriptions", "SELECT event_id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 FROM inbox").splitlines())
        check(set(commits) == set(heard), f"{len(commits)} were told, {len(heard)} were heard")
        waits = sorted(float(heard[event]) - float(at) for event, at in commits.items())
        p50.append(waits[len(waits) // 2])
        p99.append(waits[int(len(waits) * 0.99)])
    for name, values in (("p50", p50), ("p99", p99)):
        emit("B7", **ratios(values, [1.0] * len(values)), unit=f"ms, {name}, commit to commit at 1,000 events/s")


FIGURES = {"B6": b6, "B7": b7, "B8": b8, "B10": b10}

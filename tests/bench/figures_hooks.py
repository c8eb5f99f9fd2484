"""Webhooks over HTTP: B5 (verified, applied, committed) and LAT (webhook in to subscription ACTIVE)."""
import json

from figures_calls import best_clients, ratios
from stack import ROOT, check

CONNECTIONS = 64
TENANTS = 10


def tenants_of(stack, count):
    rows = json.loads(stack.fleet.read_text())[:count]
    return "{" + ",".join(row["id"].split("_")[1] for row in rows) + "}"


def stage(stack, database, count, kind="reference", purpose="", users=0):
    folder = ROOT / "tests/bench/sql"
    stack.sql(database, (folder / "bench_id.sql").read_text())
    stack.sql(database, (folder / "stage_payments.sql").read_text(), count=count, tenants=tenants_of(stack, TENANTS), kind=kind, purpose=purpose,
              users=users)


def write_targets(stack):
    path = stack.dir / "targets.txt"
    path.write_text(stack.sql("billing", "SELECT tenant_number || ' ' || replace(payment_id::text, '-', '') FROM bench_staged ORDER BY n") + "\n")
    return path


# Each answered webhook paid its payment once; nobody else's.
def check_paid(stack, count):
    row = stack.sql("billing", """SELECT (SELECT count(*) FROM payments WHERE status = 'SUCCEEDED' AND captured_minor = 1990),
        (SELECT count(*) FROM payments WHERE captured_minor NOT IN (0, 1990)), (SELECT count(*) FROM webhook_deliveries WHERE state = 'applied'),
        (SELECT count(*) FROM payment_facts WHERE kind = 'captured'), (SELECT count(*) FROM audit_log WHERE action = 'ApplyPspNews')""")
    found = [int(text) for text in row.split("|")]
    check(found == [count, 0, count, count, count], f"{count} webhooks were answered 200, found {found}")


def hooks(stack, measured=True, **options):
    run = stack.measured if measured else stack.load
    report = run("hooks", tenants=TENANTS, payments=write_targets(stack), connections=CONNECTIONS, **options)
    check(report["failed"] == 0 and report["unfinished"] == 0, f"failed: {report['why']}")
    return report


def sample(stack):
    stack.clean()
    stage(stack, "billing", 1)
    stack.sql("billing", "DROP TABLE IF EXISTS bench_event; CREATE TABLE bench_event AS SELECT data FROM outbox LIMIT 0; "
              "CREATE OR REPLACE FUNCTION bench_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
              "$$ BEGIN INSERT INTO bench_event VALUES (new.data); RETURN new; END $$; "
              "CREATE TRIGGER bench_keep AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION bench_keep()")
    try:
        hooks(stack, False, in_flight=1, seconds=5)
    finally:
        stack.sql("billing", "DROP TRIGGER bench_keep ON outbox; DROP FUNCTION bench_keep")
    return stack.sql("billing", "SELECT body FROM webhook_deliveries WHERE state = 'applied' LIMIT 1"), stack.sql("billing", "SELECT data FROM bench_event LIMIT 1")


def b5(stack, emit):
    body, event = sample(stack)
    staged = int(12000 * stack.seconds)

    def reference(clients, seconds=stack.seconds):
        stage(stack, "bench_billing", int(20000 * seconds))
        report = stack.pgbench("bench_billing", "webhook.sql", clients, seconds, text_body=body, text_event=event)
        paid = int(stack.sql("bench_billing", "SELECT count(*) FROM payments WHERE status = 'SUCCEEDED'"))
        check(paid == report["transactions"], f"the reference paid {paid} of {report['transactions']}")
        stack.sql("bench_billing", "TRUNCATE payments, payment_attempts, payment_facts, refunds, webhook_deliveries, outbox, audit_log CASCADE")
        return report["per_second"]

    clients = best_clients(stack, lambda n: reference(n, 2))
    ours, theirs, report = [], [], {}
    for _ in range(stack.rounds):
        stack.clean()
        theirs.append(reference(clients))
        stack.clean()
        stage(stack, "billing", staged)
        report = hooks(stack, in_flight=CONNECTIONS, seconds=stack.seconds, warm_up=0.5)
        ours.append(report["per_second"])
        stack.settle()
        check_paid(stack, report["ok_total"])
    half = []
    for _ in range(3):
        stack.clean()
        stage(stack, "billing", staged)
        half.append(hooks(stack, rate=sorted(ours)[len(ours) // 2] / 2, seconds=stack.seconds, warm_up=1))
        stack.settle()
        check_paid(stack, half[-1]["ok_total"])
    half.sort(key=lambda one: one["p99_ms"])
    emit("B5", **ratios(ours, theirs), unit="webhooks/s", reference_clients=clients, half_load_p50_ms=round(half[1]["p50_ms"], 1),
         half_load_p99_ms=round(half[1]["p99_ms"], 1), half_load_p99_ms_max=round(half[2]["p99_ms"], 1), cpu_us=report["cpu_us"])


# From the moment at which a webhook was due to the commit that made its subscription ACTIVE, at half of what the whole path carries.
def latencies(stack, count, **offer):
    stack.clean()
    stack.sql("subscriptions", "DELETE FROM users WHERE locale = 'en'")
    stage(stack, "billing", count, "plan", "weekly", 1)
    users = stack.dir / "users.tsv"
    users.write_text(stack.sql("billing", "SELECT tenant_id || E'\\t' || user_id || E'\\ten\\tactive\\t1' FROM bench_staged") + "\n")
    stack.sql("subscriptions", f"\\copy users (tenant_id, user_id, locale, status, version) FROM '{users}'")
    sent = stack.dir / "sent.tsv"
    report = hooks(stack, False, sent=sent, **offer)
    stack.settle()
    at = {}
    for line in stack.sql("subscriptions", """SELECT replace(p.payment_id::text, '-', ''), extract(epoch FROM pg_xact_commit_timestamp(p.xmin)) * 1e6
            FROM subscription_periods p JOIN subscriptions s ON s.tenant_id = p.tenant_id AND s.id = p.subscription_id WHERE s.status = 'active'""").splitlines():
        payment, micros = line.split("|")
        check(payment not in at, "two periods for one payment")
        at[payment] = float(micros)
    begun = dict(line.split("\t") for line in sent.read_text().splitlines())
    check(set(at) == set(begun) and len(at) == report["ok_total"], f"{report['ok_total']} were paid, {len(at)} are active")
    begun = {payment: int(micros) for payment, micros in begun.items()}
    span = (max(at.values()) - min(begun.values())) / 1e6
    first = min(begun.values()) + 1e6  # the first second warms up
    waits = sorted((at[payment] - micros) / 1000 for payment, micros in begun.items() if micros >= first or len(begun) < 100)
    return waits, len(begun) / span


def lat(stack, emit):
    _, peak = latencies(stack, 6000, in_flight=CONNECTIONS, seconds=60)
    p50, p99 = [], []
    for _ in range(stack.rounds):
        waits, _ = latencies(stack, int(peak / 2 * stack.seconds) + 100, rate=peak / 2, seconds=stack.seconds)
        p50.append(waits[len(waits) // 2])
        p99.append(waits[int(len(waits) * 0.99)])
    for name, values in (("p50", p50), ("p99", p99)):
        emit("LAT", **ratios(values, [1.0] * len(values)), unit=f"ms, {name}, webhook due to subscription ACTIVE committed", rate=round(peak / 2))


FIGURES = {"B5": b5, "LAT": lat}

"""Creating and replaying intents: B1 (with B2 and B20 beside it), B3, B4, B18."""
import os

from stack import check, median

IN_FLIGHT = 256
CLIENTS = (4, 8, 16, 32)  # the reference runs with each, the best counts


def ratios(ours, reference):
    all_of_them = [a / b for a, b in zip(ours, reference)]
    return {"ratio": round(median(all_of_them), 3), "min": round(min(all_of_them), 3), "max": round(max(all_of_them), 3), "runs": len(all_of_them),
            "ours": round(median(ours)), "reference": round(median(reference))}


def best_clients(stack, run):
    stack.clean()
    rates = {clients: run(clients) for clients in CLIENTS}
    return max(rates, key=rates.get)


# Every acknowledged intent is there once, with everything that belongs to it, and was heard by subscriptions once.
def check_created(stack, count):
    row = stack.sql("billing", """SELECT (SELECT count(*) FROM payments), (SELECT coalesce(sum(amount_minor), 0) FROM payments),
        (SELECT count(*) FROM payment_attempts), (SELECT count(*) FROM payment_facts), (SELECT count(DISTINCT subject) FROM audit_log),
        (SELECT count(*) FROM idempotency_keys WHERE reply IS NOT NULL), (SELECT count(*) FROM (SELECT 1 FROM payments GROUP BY tenant_id, purpose HAVING count(*) > 1) d)""")
    found = [int(text) for text in row.split("|")]
    check(found == [count, count * 1990, count, count, count, count, 0], f"{count} were acknowledged, found {found}")
    heard = int(stack.sql("subscriptions", "SELECT count(*) FROM inbox WHERE consumer = 'quittance-subscriptions'"))
    check(heard == count, f"{count} were told, subscriptions applied {heard}")


def sample(stack):
    """The bytes of a real reply and a real event, for the references."""
    stack.clean()
    stack.sql("billing", "DROP TABLE IF EXISTS bench_event; CREATE TABLE bench_event AS SELECT data FROM outbox LIMIT 0; "
              "CREATE OR REPLACE FUNCTION bench_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
              "$$ BEGIN INSERT INTO bench_event VALUES (new.data); RETURN new; END $$; "
              "CREATE TRIGGER bench_keep AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION bench_keep()")
    try:
        stack.load("create", count=1, in_flight=1, seconds=5)
    finally:
        stack.sql("billing", "DROP TRIGGER bench_keep ON outbox; DROP FUNCTION bench_keep")
    reply = stack.sql("billing", "SELECT reply FROM idempotency_keys LIMIT 1")
    event = stack.sql("billing", "SELECT data FROM bench_event LIMIT 1")
    stack.settle()
    return reply, event


def b1(stack, emit):
    reply, event = sample(stack)
    for tenants in (1, 200):
        def reference(clients, tenants=tenants, seconds=stack.seconds):
            before = int(stack.sql("bench_billing", "SELECT count(*) FROM payments"))
            report = stack.pgbench("bench_billing", "create.sql", clients, seconds, tenants=tenants, text_reply=reply, text_event=event)
            written = int(stack.sql("bench_billing", "SELECT count(*) FROM payments")) - before
            check(written == report["transactions"], f"the reference wrote {written} of {report['transactions']}")
            return report["per_second"]

        clients = best_clients(stack, lambda n: reference(n, seconds=2))
        ours, theirs, cpu, reference_cpu, syncs, reports = [], [], [], [], [], []
        for number in range(stack.rounds):
            stack.clean()
            before = stack.cpu()["postgres"]
            theirs.append(reference(clients))
            reference_cpu.append((stack.cpu()["postgres"] - before) * 1e6 / (theirs[-1] * stack.seconds))
            stack.clean()
            wal = int(stack.sql("postgres", "SELECT wal_sync FROM pg_stat_wal"))
            report = stack.measured("create", tenants=tenants, in_flight=IN_FLIGHT, seconds=stack.seconds, warm_up=0.5, run=f"b1-{tenants}-{number}")
            synced = int(stack.sql("postgres", "SELECT wal_sync FROM pg_stat_wal")) - wal
            check(report["failed"] == 0 and report["unfinished"] == 0, f"failed: {report['why']}")
            ours.append(report["per_second"])
            cpu.append(sum(report["cpu_us"].values()))
            syncs.append(report["ok_total"] / max(1, synced))
            reports.append(report)
            stack.settle()
            check_created(stack, report["ok_total"])
        last = reports[-1]
        emit("B1", **ratios(ours, theirs), unit="intents/s", tenants=tenants, reference_clients=clients, p50_ms=round(last["p50_ms"], 1),
             p99_ms=round(last["p99_ms"], 1), cpu_us=last["cpu_us"])
        emit("B2", **ratios(cpu, reference_cpu), unit="CPU us/intent of all processes, reference: PostgreSQL alone", tenants=tenants)
        emit("B20", **ratios(syncs, [1.0] * len(syncs)), unit="intents per WAL sync of the whole cluster", tenants=tenants)


def b3(stack, emit):
    base = stack.base + 45
    env = dict(stack.service_env("subscriptions"), QUITTANCE_GRPC_LISTEN=f"127.0.0.1:{base}", QUITTANCE_ADMIN_LISTEN=f"127.0.0.1:{base + 2}")
    process = stack.start("bench-echo", env=env)
    try:
        stack.ready(f"http://127.0.0.1:{base + 2}")
        ours, bare, cpu = [], [], {}
        for _ in range(stack.rounds):
            for port, rates in ((base + 1, bare), (base, ours)):
                report = stack.measured("create", target=f"127.0.0.1:{port}", check=0, in_flight=IN_FLIGHT, seconds=stack.seconds, warm_up=0.5)
                check(report["failed"] == 0 and report["unfinished"] == 0, f"failed: {report['why']}")
                rates.append(report["per_second"])
                cpu["ours" if rates is ours else "bare"] = {key: report["cpu_us"][key] for key in ("bench-echo", "load")}
        emit("B3", **ratios(ours, bare), unit="calls/s", cpu_us=cpu)
    finally:
        process.terminate()
        process.wait()
        os.unlink(stack.dir / "run/bench-echo.pid")


def b4(stack, emit):
    keys = 20000
    stack.clean()
    made = stack.load("create", count=keys, in_flight=IN_FLIGHT, seconds=60, run="b4-keys")
    check(made["ok_total"] == keys, f"only {made['ok_total']} were made: {made['why']}")
    stack.settle()
    tenant, principal = stack.sql("billing", "SELECT tenant_id, principal FROM idempotency_keys LIMIT 1").split("|")

    def reference(clients, seconds=stack.seconds):
        return stack.pgbench("quittance_billing", "replay.sql", clients, seconds, keys=keys, text_run="b4-keys", tenant=tenant,
                             principal=principal)["per_second"]

    clients = max((2, 4, 8, 16), key=lambda n: reference(n, 2))
    ours, theirs, report = [], [], None
    for _ in range(stack.rounds):
        theirs.append(reference(clients))
        report = stack.measured("create", keys=keys, run="b4-keys", in_flight=IN_FLIGHT, seconds=stack.seconds, warm_up=0.5)
        check(report["failed"] == 0 and report["unfinished"] == 0, f"failed: {report['why']}")
        ours.append(report["per_second"])
    check_created(stack, keys)
    emit("B4", **ratios(ours, theirs), unit="replays/s", reference_clients=clients, p50_ms=round(report["p50_ms"], 1),
         p99_ms=round(report["p99_ms"], 1), cpu_us=report["cpu_us"])


# Goodput is what is answered OK within two seconds of when it was due.
def b18(stack, emit):
    peaks, goods, report = [], [], {}
    for number in range(stack.rounds):
        stack.clean()
        peak = stack.load("create", tenants=200, in_flight=IN_FLIGHT, seconds=stack.seconds, warm_up=0.5, run=f"b18-peak-{number}")
        stack.settle()
        stack.clean()
        rate = 2 * peak["per_second"]
        report = stack.load("create", tenants=200, rate=rate, seconds=stack.seconds, warm_up=0.5, run=f"b18-load-{number}", within_ms=2000)
        stack.settle()
        stored = int(stack.sql("billing", "SELECT count(*) FROM payments"))
        check(stored >= report["ok_total"], f"{report['ok_total']} were acknowledged, {stored} are there")
        peaks.append(peak["per_second"])
        goods.append(report["within_per_second"])
    emit("B18", **ratios(goods, peaks), unit="intents/s within 2 s at twice the peak", p50_ms=round(report["p50_ms"], 1),
         p99_ms=round(report["p99_ms"], 1), failed=report["failed"], why=report["why"])


FIGURES = {"B1": b1, "B3": b3, "B4": b4, "B18": b18}

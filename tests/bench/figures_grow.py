"""GROW: what an intent costs among millions of stored payments, against the same among ten thousand.

Both sizes are there at once, as two databases that take turns under one name; billing is started again with each turn.
Invariant: the disk keeps FREE_GB; fsync is off while rows are staged and on again before anything is measured.
"""
import os
import shutil

from figures_calls import IN_FLIGHT, ratios
from stack import ROOT, check, median

SMALL = 10_000
TENANTS = 200
PAYMENTS_PER_USER = 50
CHUNK = 500_000
BYTES = 2_600  # of disk for a payment with all that belongs to it, WAL not counted
FREE_GB = 15
WARM_UP = 2  # seconds of load before each measurement: plans, caches, the pages' first images after the checkpoint
TABLES = "payments, payment_attempts, payment_facts, refunds, webhook_deliveries, idempotency_keys, audit_log, inbox"


class Databases:
    """`small` and `grown`; the one in place is quittance_billing, the other waits under its own name."""

    def __init__(self, stack):
        self.stack, self.in_place = stack, "small"

    def copy(self):
        self.stack.stop("billing")
        self.stack.sql("postgres", "DROP DATABASE IF EXISTS bench_grown")
        self.stack.sql("postgres", "CREATE DATABASE bench_grown OWNER billing_owner TEMPLATE quittance_billing")
        self.stack.sql("postgres", "GRANT CONNECT ON DATABASE bench_grown TO billing_app, billing_system")
        self.start()

    def place(self, name):
        if name != self.in_place:
            self.stack.stop("billing")
            self.stack.sql("postgres", f"ALTER DATABASE quittance_billing RENAME TO bench_{self.in_place}")
            self.stack.sql("postgres", f"ALTER DATABASE bench_{name} RENAME TO quittance_billing")
            self.in_place = name
            self.start()

    def start(self):
        self.stack.start("billing")
        self.stack.ready(self.stack.admin("billing"))

    def drop(self):
        self.place("small")
        self.stack.sql("postgres", "DROP DATABASE bench_grown")


def users_of(count):
    return max(1, count // PAYMENTS_PER_USER // TENANTS)


def safely(stack, on):
    """fsync and the rest of what makes a crash survivable; without, staging takes a third of the time."""
    if on:
        stack.sql("postgres", "CHECKPOINT")
    for setting in ("fsync", "full_page_writes", "autovacuum"):
        stack.sql("postgres", f"ALTER SYSTEM {'RESET ' + setting if on else 'SET ' + setting + ' = off'}")
    stack.sql("postgres", "SELECT pg_reload_conf()")
    if on:
        os.sync()
        stack.sql("postgres", "CHECKPOINT")


def fill(stack, database, count):
    folder, data = ROOT / "tests/bench/sql", stack.sql("postgres", "SHOW data_directory")
    free = shutil.disk_usage(data).free
    check(free - count * BYTES > FREE_GB << 30, f"{count} payments need {count * BYTES >> 30} GB, {free >> 30} GB are free and {FREE_GB} are to stay free")
    stack.sql(database, f"TRUNCATE {TABLES} CASCADE")
    safely(stack, False)
    try:
        stack.sql(database, (folder / "grown_begin.sql").read_text(), users=users_of(count))
        for first in range(1, count + 1, CHUNK):
            check(shutil.disk_usage(data).free > FREE_GB << 30, f"the disk has less than {FREE_GB} GB left after {first - 1} payments")
            stack.sql(database, (folder / "grown_rows.sql").read_text(), first=first, last=min(count, first + CHUNK - 1), count=count, tenants=TENANTS,
                      users=users_of(count))
        stack.sql(database, (folder / "grown_end.sql").read_text())
    finally:
        safely(stack, True)


# What was made since `begin` (the time part of a UUIDv7), by primary keys: a count over all would take longer than the load.
def check_made(stack, begin, audit, count, heard):
    row = stack.sql("billing", f"""WITH ids AS (SELECT array_agg(tenant_id) AS all_of_them FROM bench_tenants),
        p AS (SELECT p.* FROM ids, payments p WHERE p.tenant_id = ANY(all_of_them) AND p.id >= '{begin}')
        SELECT (SELECT count(*) FROM p), (SELECT coalesce(sum(amount_minor), 0) FROM p),
        (SELECT count(*) FROM ids, payment_attempts a WHERE a.tenant_id = ANY(all_of_them) AND a.id >= '{begin}'),
        (SELECT count(*) FROM ids, payment_facts f WHERE f.tenant_id = ANY(all_of_them) AND f.payment_id >= '{begin}'),
        (SELECT count(DISTINCT subject) FROM audit_log WHERE id > {audit}),
        (SELECT count(*) FROM p JOIN payment_attempts a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
           JOIN bench_tenants t ON t.tenant_id = p.tenant_id JOIN idempotency_keys k ON k.tenant_id = p.tenant_id AND k.principal = t.principal
           AND k.method = 'quittance.billing.v1.BillingService.CreatePaymentIntent' AND k.key = p.purpose AND k.resource_id = a.id
           AND k.reply IS NOT NULL)""")
    found = [int(text) for text in row.split("|")]
    check(found == [count, count * 1990, count, count, count, count], f"{count} were acknowledged, found {found}")
    check(heard_by_subscriptions(stack) - heard == count, f"{count} were told, subscriptions applied {heard_by_subscriptions(stack) - heard}")


def heard_by_subscriptions(stack):
    return int(stack.sql("subscriptions", "SELECT count(*) FROM inbox WHERE consumer = 'quittance-subscriptions'"))


def written(stack):
    return [int(text) for text in stack.sql("postgres", "SELECT wal_fpi, wal_bytes FROM pg_stat_wal").split("|")]


def measure(stack, run, users):
    stack.sql("postgres", "CHECKPOINT")
    begin = stack.sql("billing", "SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || repeat('0', 20)")
    audit, heard = stack.sql("billing", "SELECT coalesce(max(id), 0) FROM audit_log"), heard_by_subscriptions(stack)
    offer = dict(tenants=TENANTS, users=users, in_flight=IN_FLIGHT)
    first = stack.load("create", **offer, run=run + "-first", seconds=WARM_UP)
    wal = written(stack)
    report = stack.measured("create", **offer, run=run, seconds=stack.seconds, warm_up=0.5)
    report["wal"] = [(after - before) / max(1, report["ok_total"]) for before, after in zip(wal, written(stack))]
    for one in (first, report):
        check(one["failed"] == 0 and one["unfinished"] == 0, f"failed: {one['why']}")
    stack.settle()
    check_made(stack, begin, audit, first["ok_total"] + report["ok_total"], heard)
    return report


def grow(stack, emit):
    stack.clean()
    stack.load("create", tenants=TENANTS, count=TENANTS, in_flight=8, seconds=60)  # one each: who the callers are
    stack.settle()
    stack.sql("billing", """DROP TABLE IF EXISTS bench_tenants; CREATE TABLE bench_tenants AS
        SELECT row_number() OVER (ORDER BY tenant_id) - 1 AS number, tenant_id, principal FROM idempotency_keys""")
    check(stack.sql("billing", "SELECT count(*) FROM bench_tenants") == str(TENANTS), "one key of each tenant was expected")
    databases = Databases(stack)
    databases.copy()
    try:
        fill(stack, "bench_grown", stack.payments)
        size = int(stack.sql("postgres", "SELECT pg_database_size('bench_grown')"))
        reports = {"small": [], "grown": []}
        for number in range(stack.rounds):
            for name, count in (("small", SMALL), ("grown", stack.payments)):
                databases.place(name)
                if name == "small":
                    fill(stack, "billing", SMALL)
                reports[name].append(measure(stack, f"grow-{number}", users_of(count)))
    finally:
        databases.drop()
        stack.sql("billing", "DROP TABLE bench_tenants")
        stack.clean()
    cost = {name: [one["cpu_us"]["billing"] + one["cpu_us"]["postgres"] for one in them] for name, them in reports.items()}
    rate = {name: [one["per_second"] for one in them] for name, them in reports.items()}

    def each(part, key):
        return {name: round(median([one[part][key] for one in them]), 1) for name, them in reports.items()}

    beside = {"payments": stack.payments, "gigabytes": round(size / 1e9, 1)}
    emit("GROW", **ratios(cost["grown"], cost["small"]), unit="CPU us/intent of billing and PostgreSQL, reference: among 10,000 payments", **beside,
         postgres_us=each("cpu_us", "postgres"), page_images=each("wal", 0), wal_bytes=each("wal", 1))
    emit("GROW", **ratios(rate["grown"], rate["small"]), unit="intents/s, reference: among 10,000 payments", **beside,
         p99_ms=round(median([one["p99_ms"] for one in reports["grown"]]), 1), small_p99_ms=round(median([one["p99_ms"] for one in reports["small"]]), 1))


FIGURES = {"GROW": grow}

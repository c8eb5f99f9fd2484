"""What happens when something dies (B17), and what a process costs when nothing happens (MEM, START)."""
import pathlib
import signal
import threading
import time

from figures_calls import check_created, ratios
from stack import SERVICES, check, median

PROCESSES = (*SERVICES, "ingress")
BEFORE = 5.0   # seconds of steady load before the fault
AFTER = 20.0   # seconds of load after it began
WINDOW = 5     # tenths of a second that are averaged


def kill_billing(stack):
    stack.stop("billing", signal.SIGKILL)
    stack.start("billing")


def restart_postgres(stack):
    stack.postgres("restart", "-m", "fast")


def kill_backends(stack):
    for _ in range(25):
        stack.sql("postgres", """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'quittance_billing' AND usename LIKE 'billing%'
            ORDER BY random() LIMIT 1""")
        time.sleep(0.2)


def exhaust_pool(stack):
    stack.sql("billing", "BEGIN; LOCK TABLE idempotency_keys IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT")


def kill_repeatedly(stack):
    for _ in range(5):
        kill_billing(stack)
        time.sleep(1)


FAULTS = {"kill -9 of billing": kill_billing, "PostgreSQL restarted": restart_postgres, "backends killed, 5 a second": kill_backends,
          "pool exhausted for 3 s": exhaust_pool, "five kills of billing, one a second": kill_repeatedly}
LASTING = (kill_backends, exhaust_pool, kill_repeatedly)


def mean(series):
    return sum(series) / max(1, len(series))


# Seconds from the end of the fault (a kill is over at once) to the first half second that carries 90 % of what was carried before.
def recovery(series, fault_end):
    baseline = mean(series[10:int(fault_end * 10) if fault_end < BEFORE else int((BEFORE - 0.5) * 10)])
    for at in range(int(fault_end * 10), len(series) - WINDOW):
        if mean(series[at:at + WINDOW]) >= 0.9 * baseline:
            return max(0.0, at / 10 - fault_end)
    return AFTER


def b17(stack, emit):
    for name, fault in FAULTS.items():
        seconds = []
        for number in range(min(3, stack.rounds)):
            stack.clean()
            acknowledged = stack.dir / "acknowledged.tsv"
            options = dict(tenants=10, rate=stack.fault_rate, seconds=BEFORE + AFTER, retry=1, timeline=1, acknowledged=acknowledged,
                           run=f"b17-{abs(hash(name)) % 1000}-{number}")
            report = {}
            thread = threading.Thread(target=lambda: report.update(stack.load("create", **options)))
            thread.start()
            time.sleep(BEFORE)
            over = time.time()
            fault(stack)
            if fault in LASTING:
                over = time.time()
            thread.join()
            check(report["failed"] == 0 and report["unfinished"] == 0, f"{name}: given up: {report['why']}")
            stack.settle()
            check_created(stack, report["ok_total"])
            check_acknowledged(stack, acknowledged)
            seconds.append(recovery(report["per_100ms"], over - report["begin_unix"]))
        emit("B17", **ratios(seconds, [1.0] * len(seconds)), unit="s to 90 %, nothing lost", fault=name, rate=stack.fault_rate)


def check_acknowledged(stack, path):
    missing = stack.sql("billing", f"""CREATE TEMP TABLE acknowledged (key text, id text);
        \\copy acknowledged FROM '{path}'
        SELECT count(*) FROM acknowledged a LEFT JOIN payments p ON p.purpose = a.key AND p.id = replace(a.id, 'pay_', '')::uuid WHERE p.id IS NULL""")
    check(missing == "0", f"{missing} acknowledged intents are not there")


def mem(stack, emit):
    stack.settle()
    for name in PROCESSES:  # as after a start: nothing of an earlier load
        stack.stop(name)
        stack.start(name)
        stack.ready(stack.admin(name))
    time.sleep(15)
    for name in PROCESSES:
        status = pathlib.Path(f"/proc/{stack.pid(name)}/status").read_text()
        kib = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
        emit("MEM", **ratios([kib / 1024], [1.0]), unit="MiB resident, idle", process=name)


def start(stack, emit):
    for name in PROCESSES:
        seconds = []
        for _ in range(stack.rounds):
            stack.stop(name)
            stack.start(name)
            seconds.append(stack.ready(stack.admin(name)))
        emit("START", **ratios(seconds, [1.0] * len(seconds)), unit="s from exec to ready", process=name, median=round(median(seconds), 3))


FIGURES = {"B17": b17, "MEM": mem, "START": start}

"""Rules measured in process: B14 (a webhook's signature) and FOLD (a payment of 1,000 facts). They need no stack."""
import json
import subprocess

from figures_calls import ratios
from stack import BUILD, check, median


def rules(stack, verb, *arguments):
    """One program that takes turns itself; a wrong answer ends it."""
    command = [str(BUILD / "bin/quittance-bench-rules"), verb, str(stack.rounds), str(stack.seconds / 5), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 0, done.stderr.strip())
    return json.loads(done.stdout)


def b14(stack, emit):
    report = rules(stack, "verify")
    once = ratios(report["ours"], report["keyed_once"])
    emit("B14", **ratios(report["ours"], report["reference"]), unit="verifications/s of 1 KiB on one core; reference: HMAC under a key given with the bytes",
         us=round(1e6 / median(report["ours"]), 2), keyed_once=once["reference"], ratio_keyed_once=once["ratio"])


def fold(stack, emit):
    for attempts in (1, 100):
        report = rules(stack, "fold", str(attempts))
        emit("FOLD", **ratios(report["ours"], report["reference"]), unit="folds/s of 1,000 facts on one core; reference: one pass over them",
             attempts=attempts, us=round(1e6 / median(report["ours"]), 1), reference_us=round(1e6 / median(report["reference"]), 2))


FIGURES = {"B14": b14, "FOLD": fold}

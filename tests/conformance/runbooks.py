"""Runs the shell blocks of docs/runbooks as they are written, on the running stack, and checks what the pages promise.

A page whose blocks change is changed here too: their number is checked. It uses grpcurl, or grpcurl.py where there is none, and ends by
making the tenant's credentials worthless, so it runs last. Waits of the business clock are walked, not waited for.
usage: runbooks.py ENDPOINTS_JSON REPOSITORY
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

ENDPOINTS_FILE = pathlib.Path(sys.argv[1])
ENDPOINTS = json.loads(ENDPOINTS_FILE.read_text())
REPOSITORY = pathlib.Path(sys.argv[2])
STACK = ENDPOINTS_FILE.parent
TOOLS = tempfile.TemporaryDirectory()
ENV = os.environ | {"AUTH": ENDPOINTS["auth"], "PATH": f"{TOOLS.name}:{os.environ['PATH']}"}


def check(right, what):
    print(("  ok      " if right else "  FAILED  ") + what, flush=True)
    if not right:
        sys.exit(1)


def eventually(probe, seconds=30):
    until = time.monotonic() + seconds
    while not (value := probe()) and time.monotonic() < until:
        time.sleep(0.3)
    return value


def blocks(page, language, count):
    text = (REPOSITORY / "docs/runbooks" / page).read_text()
    found = [re.sub(r"(?m)^   ", "", block) for block in re.findall(rf"```{language}\n(.*?)```", text, re.S)]
    check(len(found) == count, f"{page} has {count} blocks of {language}")
    return found


def shell(block, **names):
    """The block's exit code and what it printed, one JSON value per call."""
    done = subprocess.run(["bash", "-e", "-c", block], env=ENV | names, capture_output=True, text=True, timeout=60)
    decoder, values, rest = json.JSONDecoder(), [], done.stdout.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].strip()
    return done.returncode, values, done.stderr


def call(service, method, token, request):
    target = ENDPOINTS[service if service in ENDPOINTS else "auth"]
    header = ["-H", f"authorization: Bearer {token}"] if token else []
    done = subprocess.run(["grpcurl", "-plaintext", *header, "-d", json.dumps(request), target, method], env=ENV, capture_output=True, text=True,
                          timeout=30)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def token_of(account):
    answer = call("auth", "quittance.auth.v1.AuthService/ExchangeClientCredentials", None,
                  {"client_id": account["client_id"], "client_secret": account["client_secret"]})
    return answer["accessToken"] if isinstance(answer, dict) else None


def key():
    return f"runbook-{uuid.uuid4()}"


def pay():
    answer = call("billing", "quittance.billing.v1.BillingService/CreatePaymentIntent", token_of(ENDPOINTS["backend"]),
                  {"request_id": key(), "user_id": ENDPOINTS["user"], "reference": key(), "amount": {"amount_minor": 990, "currency_code": "EUR"}})
    return isinstance(answer, dict)


def walk_clock(minutes):
    clock = pathlib.Path(ENDPOINTS["clock_file"])
    clock.write_text(str(int(clock.read_text() or 0) + minutes * 60) + "\n")


def signing_key():
    stage, activate, retire = blocks("key-rotation.md", "sh", 3)
    platform = ENDPOINTS["platform"]

    def states():
        keys = call("auth", "quittance.auth.v1.KeyService/ListSigningKeys", token_of(platform), {})["keys"]
        return sorted(k["state"] for k in keys)

    code, _, error = shell(stage, PLATFORM=token_of(platform))
    check(code == 0 and states() == ["active", "staged"], f"a key is staged {error}")
    before = token_of(platform)
    code, _, error = shell(activate, PLATFORM=before)
    check(code != 0 and "FailedPrecondition" in error.replace("FAILED_PRECONDITION", "FailedPrecondition"), "activated too early it is refused")
    walk_clock(7)
    code, _, error = shell(activate.replace("rotate-2026q4-2", key()), PLATFORM=before)
    check(code == 0 and states() == ["active", "retired"], f"six minutes later it signs {error}")
    check(isinstance(call("auth", "quittance.auth.v1.KeyService/ListSigningKeys", before, {}), dict), "a token of the key before is taken")
    walk_clock(32)
    code, _, error = shell(retire, PLATFORM=token_of(platform))
    check(code == 0 and states() == ["active"], f"and after 31 minutes the key before is gone {error}")
    check(eventually(pay), "payments go on")


def keyring():
    (sql,) = blocks("key-rotation.md", "sql", 1)
    for file in (STACK / "secrets").glob("*.keyring"):
        with file.open("a") as lines:
            lines.write("2 " + subprocess.run(["openssl", "rand", "-base64", "32"], capture_output=True, text=True, check=True).stdout.strip() + "\n")
    for service in ("auth", "billing", "subscriptions", "notifications", "ingress"):
        os.kill(int((STACK / "run" / f"{service}.pid").read_text()), 15)
        pid = pathlib.Path("/proc") / (STACK / "run" / f"{service}.pid").read_text().strip()
        check(bool(eventually(lambda: not pid.exists() or "Z" in (pid / "stat").read_text().split()[2])), f"{service} ends")
        subprocess.run([str(REPOSITORY / "dev"), "up", "--no-build"], check=True, capture_output=True)
    check(bool(eventually(pay)), "under a keyring with a second key payments go on")
    for service in ("auth", "billing", "subscriptions", "notifications"):
        database = ENDPOINTS["postgres_admin"].rsplit("/", 1)[0] + f"/quittance_{service}"
        rows = subprocess.run(["psql", "-XAt", database, "-c", sql], capture_output=True, text=True, check=True).stdout.split()
        check(all(row.split("|")[0] in ("1", "2") for row in rows), f"{service}: tenant keys by key id {' '.join(rows)}")


def account_takeover():
    freeze, look = blocks("account-takeover.md", "sh", 2)
    names = {"OPERATOR": token_of(ENDPOINTS["operator"]), "USER": ENDPOINTS["user"]}
    code, _, error = shell(freeze, **names)
    check(code == 0, f"the account is frozen {error}")
    code, values, error = shell(look, **names)
    actions = [entry["action"] for entry in values[0]["auditEntries"]] if code == 0 else error
    check("FreezeUser" in actions, f"the audit tells what was done: {actions}")
    thawed = call("auth", "quittance.auth.v1.UserService/UnfreezeUser", names["OPERATOR"], {"request_id": key(), "user_id": names["USER"]})
    check(isinstance(thawed, dict), "and given back")


def credential_compromise():
    switch, glass = blocks("credential-compromise.md", "sh", 2)
    made = call("auth", "quittance.auth.v1.ServiceAccountService/CreateServiceAccount", token_of(ENDPOINTS["platform"]),
                {"request_id": key(), "display_name": "Break glass", "scopes": ["auth:admin"], "tenant": ENDPOINTS["tenant"], "break_glass": True})
    check(isinstance(made, dict), f"a break-glass account is made beforehand {made if isinstance(made, str) else ''}")
    backend, stale = ENDPOINTS["backend"], token_of(ENDPOINTS["backend"])
    code, _, error = shell(switch, OPERATOR=token_of(ENDPOINTS["operator"]))
    check(code == 0, f"the switch is thrown {error}")
    check(token_of(backend) is None, "the backend's secret is refused")
    listed = "quittance.billing.v1.BillingService/ListPaymentIntents"
    check(eventually(lambda: isinstance(call("billing", listed, stale, {}), str), 60), "its access token within a minute")
    account = {"client_id": made["clientId"], "client_secret": made["clientSecret"]}
    exchange, rotate = glass.strip().split("\n")
    code, values, error = shell(exchange, GLASS_ID=account["client_id"], GLASS_SECRET=account["client_secret"])
    check(code == 0, f"the break-glass account gets in {error}")
    code, values, error = shell(rotate, GLASS=values[0]["accessToken"], BACKEND=backend["client_id"])
    check(code == 0, f"and gives the backend a new secret {error}")
    backend["client_secret"] = values[0]["clientSecret"]
    check(bool(eventually(pay, 60)), "with which payments go on")


def main():
    if shutil.which("grpcurl") is None:
        tool = pathlib.Path(TOOLS.name) / "grpcurl"
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{REPOSITORY}/tests/conformance/grpcurl.py" "$@"\n')
        tool.chmod(0o755)
    account_takeover()
    keyring()
    signing_key()
    credential_compromise()
    print("every runbook runs as written")


main()

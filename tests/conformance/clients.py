"""Foreign clients against a running stack, from its endpoints.json alone: grpcio, grpcurl (when it is installed), PyJWT, the PSPs' own
libraries (psps.py), kcat, promtool.

Each check uses an implementation that is not ours, so that a shared misunderstanding cannot pass. The first failing one ends the run with its name.
usage: clients.py ENDPOINTS_JSON REPOSITORY
"""

import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

import grpc
import jwt
import psps
import stripe
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_tools import protoc

ENDPOINTS = json.loads(pathlib.Path(sys.argv[1]).read_text())
REPOSITORY = pathlib.Path(sys.argv[2])
SERVICES = {
    "auth": {"quittance.auth.v1.AuthService", "quittance.auth.v1.UserService"},
    "billing": {"quittance.billing.v1.BillingService", "quittance.billing.v1.WebhookService"},
    "subscriptions": {"quittance.subscriptions.v1.SubscriptionService", "quittance.subscriptions.v1.MembershipService"},
    "notifications": {"quittance.notifications.v1.NotificationService"},
}


def check(right, what):
    print(("  ok      " if right else "  FAILED  ") + what, flush=True)
    if not right:
        sys.exit(1)


def eventually(probe, seconds=15):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = probe()
        if value:
            return value
        time.sleep(0.1)
    return probe()


def stubs(folder):
    """What protoc of grpcio-tools makes of proto/, importable from `folder`."""
    google = REPOSITORY / ".cache/googleapis-common-protos"
    files = [str(p) for p in sorted((REPOSITORY / "proto").rglob("*.proto"))] + [str(p) for p in sorted(google.rglob("*.proto"))]
    include = pathlib.Path(importlib.util.find_spec("grpc_tools").origin).parent / "_proto"
    code = protoc.main(["protoc", f"-I{REPOSITORY / 'proto'}", f"-I{google}", f"-I{include}", f"--python_out={folder}",
                        f"--grpc_python_out={folder}", *files])
    check(code == 0, "grpcio-tools makes stubs of every contract")
    sys.path.insert(0, folder)


def reflection():
    for name, expected in SERVICES.items():
        with grpc.insecure_channel(ENDPOINTS[name]) as channel:
            ask = reflection_pb2.ServerReflectionRequest(list_services="")
            answer = next(iter(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([ask]))))
            listed = {service.name for service in answer.list_services_response.service}
            check(expected <= listed and "grpc.health.v1.Health" in listed, f"reflection of {name} lists {len(listed)} services")
        if shutil.which("grpcurl"):
            lines = subprocess.run(["grpcurl", "-plaintext", ENDPOINTS[name], "list"], capture_output=True, text=True, check=True).stdout.split()
            check(expected <= set(lines), f"grpcurl lists {name}: {' '.join(lines)}")


def tokens(access_token):
    """PyJWT verifies ours by the published key set; ours refuses what PyJWT makes under other algorithms and keys."""
    with urllib.request.urlopen(ENDPOINTS["ingress"] + "/.well-known/jwks.json", timeout=10) as answer:
        keys = jwt.PyJWKSet.from_dict(json.loads(answer.read()))
        check("max-age" in answer.headers["Cache-Control"], f"the key set may be cached: {answer.headers['Cache-Control']}")
    header = jwt.get_unverified_header(access_token)
    key = next(k for k in keys.keys if k.key_id == header["kid"])
    now = int(time.time()) + int(pathlib.Path(ENDPOINTS["clock_file"]).read_text() or 0)
    claims = jwt.decode(access_token, key.key, algorithms=["ES256"], audience="quittance",
                        options={"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "sub", "iat", "exp", "jti"]})
    check(claims["sub"] == ENDPOINTS["backend"]["client_id"] and claims["exp"] - claims["iat"] == 1800 and claims["exp"] > now,
          f"PyJWT verifies it: {' '.join(sorted(claims))}")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    public = key.key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    forged = {
        "another key": jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": header["kid"]}),
        "HS256 under the public key": jwt.encode(claims, public, algorithm="HS256", headers={"kid": header["kid"]}),
        "no signature": jwt.encode(claims, None, algorithm="none", headers={"kid": header["kid"]}),
        "a header of its own key": jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256",
                                              headers={"kid": header["kid"], "jku": "https://attacker.example/jwks.json"}),
    }
    from quittance.billing.v1 import billing_pb2, billing_pb2_grpc

    with grpc.insecure_channel(ENDPOINTS["billing"]) as channel:
        for what, token in forged.items():
            try:
                billing_pb2_grpc.BillingServiceStub(channel).ListPaymentIntents(
                    billing_pb2.ListPaymentIntentsRequest(), metadata=[("authorization", f"Bearer {token}")], timeout=10)
                check(False, f"a token under {what} is refused")
            except grpc.RpcError as error:
                check(error.code() == grpc.StatusCode.UNAUTHENTICATED, f"a token under {what} is refused")


def token_and_intent():
    from quittance.auth.v1 import auth_pb2, auth_pb2_grpc
    from quittance.billing.v1 import billing_pb2, billing_pb2_grpc

    backend = ENDPOINTS["backend"]
    with grpc.insecure_channel(ENDPOINTS["auth"]) as channel:
        token = auth_pb2_grpc.AuthServiceStub(channel).ExchangeClientCredentials(
            auth_pb2.ExchangeClientCredentialsRequest(client_id=backend["client_id"], client_secret=backend["client_secret"]), timeout=10)
    check(token.access_token.count(".") == 2, "a Python client gets a token")
    tokens(token.access_token)
    metadata = [("authorization", f"Bearer {token.access_token}")]
    channel = grpc.insecure_channel(ENDPOINTS["billing"])
    billing = billing_pb2_grpc.BillingServiceStub(channel)
    request = billing_pb2.CreatePaymentIntentRequest(
        request_id=f"order-{uuid.uuid4()}", user_id=ENDPOINTS["user"], plan_code=ENDPOINTS["plans"][0], return_url="https://shop.example/back")
    intent, call = billing.CreatePaymentIntent.with_call(request, metadata=metadata, timeout=15)
    check(intent.status == billing_pb2.PaymentIntent.PENDING and intent.amount.amount_minor == 1990,
          f"and makes an intent: {intent.id}, {intent.amount.amount_minor} {intent.amount.currency_code} minor units")
    again, call = billing.CreatePaymentIntent.with_call(request, metadata=metadata, timeout=15)
    check(again == intent and ("idempotent-replayed", "true") in [(m.key, m.value) for m in call.initial_metadata()],
          "sent again it gets the same answer, marked as a replay")

    def read(which=intent):
        return billing.GetPaymentIntent(billing_pb2.GetPaymentIntentRequest(payment_intent_id=which.id), metadata=metadata, timeout=10)

    def make(connection):
        return billing.CreatePaymentIntent(
            billing_pb2.CreatePaymentIntentRequest(request_id=f"order-{uuid.uuid4()}", user_id=ENDPOINTS["user"], plan_code=ENDPOINTS["plans"][1],
                                                   connection=connection), metadata=metadata, timeout=15)

    return intent, read, make, billing_pb2.PaymentIntent.SUCCEEDED


def setting(key, value):
    from quittance.auth.v1 import auth_pb2, auth_pb2_grpc
    from quittance.common.v1 import settings_pb2, settings_pb2_grpc

    operator = ENDPOINTS["operator"]
    with grpc.insecure_channel(ENDPOINTS["auth"]) as channel:
        token = auth_pb2_grpc.AuthServiceStub(channel).ExchangeClientCredentials(
            auth_pb2.ExchangeClientCredentialsRequest(client_id=operator["client_id"], client_secret=operator["client_secret"]), timeout=10)
    with grpc.insecure_channel(ENDPOINTS["billing"]) as channel:
        settings_pb2_grpc.SettingsServiceStub(channel).PutSetting(
            settings_pb2.PutSettingRequest(request_id=f"setting-{uuid.uuid4()}", key=key, value=value),
            metadata=[("authorization", f"Bearer {token.access_token}")], timeout=10)


def post(path, body, headers):
    request = urllib.request.Request(ENDPOINTS["ingress"] + path, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def stripe_signs(intent, read, succeeded):
    now = int(time.time()) + int(pathlib.Path(ENDPOINTS["clock_file"]).read_text() or 0)
    event = {
        "id": f"evt_{uuid.uuid4().hex}", "object": "event", "api_version": "2026-07-29.dahlia", "created": now, "livemode": False,
        "type": "payment_intent.succeeded",
        "data": {"object": {
            "id": intent.psp_reference, "object": "payment_intent", "amount": 1990, "amount_received": 1990, "currency": "eur",
            "created": now, "livemode": False, "status": "succeeded", "latest_charge": f"ch_{uuid.uuid4().hex[:24]}", "metadata": {}}},
    }
    payload = json.dumps(event)
    secret = ENDPOINTS["webhook_secrets"]["stripe"][0]
    signature = stripe.WebhookSignature._compute_signature(f"{now}.{payload}", secret)
    header = f"t={now},v1={signature}"
    check(stripe.Webhook.construct_event(payload, header, secret, tolerance=None).id == event["id"], "stripe's library takes its own signature")
    path = f"/webhooks/{ENDPOINTS['tenant']}/stripe"
    headers = {"Content-Type": "application/json", "Stripe-Signature": header}
    tampered = payload.replace("1990", "1", 1)
    check(post(path, tampered.encode(), headers) == 401, "the ingress refuses other bytes under that signature with 401")
    check(post(path, payload.encode(), headers) == 200, "and accepts what stripe's library signed with 200")
    check(eventually(lambda: read().status == succeeded), f"{intent.id} is SUCCEEDED")


def kcat(intent):
    def events():
        run = subprocess.run(["kcat", "-q", "-b", ENDPOINTS["kafka"], "-C", "-t", "quittance.billing.v1", "-o", "beginning", "-e", "-f", "%k %h\n"],
                             capture_output=True, timeout=60, check=True)
        lines = run.stdout.decode(errors="replace").splitlines()
        return [line for line in lines if line.startswith(intent.id + " ") and "PaymentSucceeded" in line]

    lines = eventually(events)
    check(len(lines) == 1, "kcat reads PaymentSucceeded once")
    headers = dict(pair.split("=", 1) for pair in lines[0].split(" ", 1)[1].split(","))
    check(headers["ce_specversion"] == "1.0" and headers["ce_type"] == "quittance.billing.v1.PaymentSucceeded"
          and headers["ce_source"] == "/quittance/billing" and headers["ce_subject"] == intent.id
          and {"ce_id", "ce_time", "ce_tenant", "ce_sequence", "traceparent"} <= headers.keys()
          and headers["content-type"] == "application/protobuf", "with the CloudEvents headers: " + " ".join(sorted(headers)))


def promtool():
    for name, url in ENDPOINTS["admin"].items():
        text = urllib.request.urlopen(url + "/metrics", timeout=10).read()
        run = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
        said = (run.stdout + run.stderr).decode()
        check(run.returncode == 0, f"promtool takes /metrics of {name} ({len(text.splitlines())} lines) {said}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as generated:
        stubs(generated)
        reflection()
        payment, reader, maker, done = token_and_intent()
        stripe_signs(payment, reader, done)
        psps.all_of(ENDPOINTS, maker, reader, done, setting, post, check, eventually)
        kcat(payment)
        promtool()
    print("conformance: every foreign client agrees")

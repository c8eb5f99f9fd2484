"""PSPs' own libraries against both ends: they sign and billing verifies; the sandbox sends and they verify.

Stripe, Adyen and Standard Webhooks speak through their own packages, PayPal's documented algorithm through openssl's command and zlib's CRC.
"""

import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading
import time
import urllib.request
import uuid
import zlib
from datetime import datetime, timezone

import stripe
from Adyen.util import generate_notification_sig, is_valid_hmac_notification
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Receiver:
    """Takes what the sandbox sends, as (headers, body)."""

    def __init__(self):
        self.arrived = []
        arrived = self.arrived

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                arrived.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


class Sandbox:
    def __init__(self, url):
        self.url = url

    def call(self, path, body=None, headers=None, method=None):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"Content-Type": "application/json", **(headers or {})}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def account(self, psp, key, hook, secret, **more):
        self.call("/control/account", {"psp": psp, "api_key": key, "webhook_url": hook, "secrets": [secret], **more})

    def pay(self, psp, reference):
        self.call("/control/pay", {"psp": psp, "reference": reference, "outcome": "succeed"})


def wait_for(receiver, fits, eventually):
    return eventually(lambda: next((hook for hook in receiver.arrived if fits(*hook)), None))


def stripe_verifies(sandbox, check, eventually):
    receiver, key, secret = Receiver(), f"sk_test_{uuid.uuid4().hex}", f"whsec_{uuid.uuid4().hex}"
    sandbox.account("stripe", key, receiver.url, secret)
    client = stripe.StripeClient(key, base_addresses={"api": sandbox.url + "/stripe"})
    intent = client.v1.payment_intents.create({"amount": 1990, "currency": "eur"})
    sandbox.pay("stripe", intent.id)
    headers, body = wait_for(receiver, lambda _, body: b"payment_intent.succeeded" in body, eventually)
    event = stripe.Webhook.construct_event(body, headers["stripe-signature"], secret, tolerance=None)
    check(event.data.object.id == intent.id, "stripe's library pays at the sandbox and takes what it sends")


def adyen_verifies(sandbox, check, eventually):
    receiver, key, secret = Receiver(), f"AQE{uuid.uuid4().hex}", uuid.uuid4().hex + uuid.uuid4().hex
    sandbox.account("adyen", key, receiver.url, secret)
    link = sandbox.call("/adyen/paymentLinks", {"merchantAccount": "ShopECOM", "reference": "order-1", "amount": {"currency": "EUR", "value": 1990}},
                        {"X-API-Key": key, "Idempotency-Key": str(uuid.uuid4())})
    sandbox.pay("adyen", link["id"])
    _, body = wait_for(receiver, lambda _, body: b"AUTHORISATION" in body, eventually)
    check(is_valid_hmac_notification(json.loads(body), secret), "Adyen's library takes what the sandbox sends")
    check(not is_valid_hmac_notification(json.loads(body.replace(b"1990", b"1991")), secret), "and refuses another amount under that signature")


def standard_webhooks_verifies(sandbox, check, eventually):
    receiver, key, secret = Receiver(), f"key-{uuid.uuid4().hex}", "whsec_" + base64.b64encode(uuid.uuid4().bytes * 2).decode()
    sandbox.account("hmac", key, receiver.url, secret, signature="standard")
    body = json.dumps({"payment_id": "pay_1", "amount_minor": 1990, "currency": "EUR", "return_url": ""}).encode()
    seconds = str(int(time.time()))
    mac = hmac.new(key.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    made = sandbox.call("/hmac/payments", body, {"X-Timestamp": seconds, "X-Signature": f"v1={mac}", "Idempotency-Key": str(uuid.uuid4())})
    sandbox.pay("hmac", made["reference"])
    headers, body = wait_for(receiver, lambda _, body: b"payment.succeeded" in body, eventually)
    check(Webhook(secret).verify(body, headers)["reference"] == made["reference"], "standardwebhooks takes what the sandbox sends")
    try:
        Webhook(secret).verify(body + b" ", headers)
        check(False, "and refuses other bytes")
    except WebhookVerificationError:
        check(True, "and refuses other bytes")


def paypal_verifies(sandbox, check, eventually):
    receiver, secret, webhook = Receiver(), uuid.uuid4().hex, uuid.uuid4().hex[:17].upper()
    sandbox.account("paypal", secret, receiver.url, webhook)
    basic = base64.b64encode(f"client:{secret}".encode()).decode()
    token = sandbox.call("/paypal/v1/oauth2/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"})["access_token"]
    order = sandbox.call("/paypal/v2/checkout/orders",
                         {"intent": "CAPTURE", "purchase_units": [{"custom_id": "order-1", "amount": {"currency_code": "EUR", "value": "19.90"}}]},
                         {"Authorization": f"Bearer {token}", "PayPal-Request-Id": str(uuid.uuid4())})
    sandbox.pay("paypal", order["id"])
    headers, body = wait_for(receiver, lambda _, body: b"CHECKOUT.ORDER.APPROVED" in body, eventually)
    message = "|".join([headers["paypal-transmission-id"], headers["paypal-transmission-time"], webhook, str(zlib.crc32(body))])
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        with urllib.request.urlopen(headers["paypal-cert-url"], timeout=10) as answer:
            (at / "certificate").write_bytes(answer.read())
        (at / "message").write_text(message)
        (at / "signature").write_bytes(base64.b64decode(headers["paypal-transmission-sig"]))
        key = subprocess.run(["openssl", "x509", "-in", at / "certificate", "-noout", "-pubkey"], capture_output=True, check=True).stdout
        (at / "key").write_bytes(key)
        run = subprocess.run(["openssl", "dgst", "-sha256", "-verify", at / "key", "-signature", at / "signature", at / "message"],
                             capture_output=True, check=False)
    check(run.returncode == 0, "openssl and zlib take what the sandbox's PayPal sends, by PayPal's documented algorithm")


def adyen_signs(endpoints, make_intent, read, succeeded, post, check, eventually):
    intent = make_intent("adyen")
    item = {"amount": {"currency": "EUR", "value": intent.amount.amount_minor}, "eventCode": "AUTHORISATION",
            "eventDate": datetime.now(timezone.utc).isoformat(), "merchantAccountCode": "SignauxECOM", "merchantReference": intent.id,
            "paymentMethod": "visa", "pspReference": uuid.uuid4().hex[:16].upper(), "reason": "", "success": "true"}
    signature = generate_notification_sig(item, endpoints["webhook_secrets"]["adyen"][0]).decode()
    body = json.dumps({"live": "false", "notificationItems": [{"NotificationRequestItem": {**item, "additionalData": {"hmacSignature": signature}}}]})
    path, headers = f"/webhooks/{endpoints['tenant']}/adyen", {"Content-Type": "application/json"}
    check(post(path, body.replace(str(intent.amount.amount_minor), "1").encode(), headers) == 401, "another amount under Adyen's signature is refused with 401")
    check(post(path, body.encode(), headers) == 200, "what Adyen's library signed is taken with 200")
    check(eventually(lambda: read(intent).status == succeeded), f"{intent.id} is SUCCEEDED")


def standard_webhooks_signs(endpoints, put_setting, post, check, eventually):
    secret = "whsec_" + base64.b64encode(uuid.uuid4().bytes * 2).decode()
    for key, value in {"provider": "hmac", "signature": "standard", "api_key": uuid.uuid4().hex, "webhook_secrets": secret}.items():
        put_setting(f"psp.standard.{key}", value)
    body = json.dumps({"id": str(uuid.uuid4()), "type": "payment.of_2030", "reference": "r", "created": int(time.time())})

    def signed(payload):
        now, message = datetime.now(timezone.utc), f"msg_{uuid.uuid4().hex}"
        return {"Content-Type": "application/json", "webhook-id": message, "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(secret).sign(message, now, payload)}

    path = f"/webhooks/{endpoints['tenant']}/standard"
    check(eventually(lambda: post(path, body.encode(), signed(body)) == 200), "what standardwebhooks signed is taken with 200")
    check(post(path, body.encode() + b" ", signed(body)) == 401, "other bytes under that signature are refused with 401")


def all_of(endpoints, make_intent, read, succeeded, put_setting, post, check, eventually):
    sandbox = Sandbox(endpoints["sandbox"])
    for verifies in (stripe_verifies, adyen_verifies, standard_webhooks_verifies, paypal_verifies):
        verifies(sandbox, check, eventually)
    adyen_signs(endpoints, make_intent, read, succeeded, post, check, eventually)
    standard_webhooks_signs(endpoints, put_setting, post, check, eventually)

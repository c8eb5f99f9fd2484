-- Billing: payments, their attempts, facts and refunds; webhooks taken in; projections of offers and users.
-- Invariant: payment_facts is the truth; status, detail and amounts of payments, attempts and refunds are folded from it.
-- migrate:up

CREATE TABLE payments (
  tenant_id       uuid NOT NULL,
  id              uuid NOT NULL,
  user_id         uuid NOT NULL,
  purpose_kind    text NOT NULL CHECK (purpose_kind IN ('plan', 'reference', 'content', 'invoice')),
  purpose         text NOT NULL,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL CHECK (length(currency) = 3),
  status          text NOT NULL CHECK (status IN ('PENDING', 'SUCCEEDED', 'FAILED', 'REFUNDED')),
  detail          text NOT NULL,
  captured_minor  bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
  refunded_minor  bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  disputed_minor  bigint NOT NULL DEFAULT 0 CHECK (disputed_minor >= 0),
  surplus_minor   bigint NOT NULL DEFAULT 0 CHECK (surplus_minor >= 0),
  metadata_keys   text[] NOT NULL,
  metadata_values text[] NOT NULL,
  expire_time     timestamptz NOT NULL,
  -- When the expiry is looked at next (business time); later than expire_time after a PSP would not answer.
  expire_check_at timestamptz NOT NULL,
  -- Of the one who ends it at the PSP (database time).
  lease_until     timestamptz NOT NULL DEFAULT '-infinity',
  succeed_time    timestamptz,
  fail_time       timestamptz,
  version         bigint NOT NULL,
  create_time     timestamptz NOT NULL,
  update_time     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 80);
-- One purchase, one open payment.
CREATE UNIQUE INDEX payments_open ON payments (tenant_id, user_id, purpose_kind, purpose) WHERE status = 'PENDING';
-- What is bought once is paid once.
CREATE UNIQUE INDEX payments_paid ON payments (tenant_id, user_id, purpose_kind, purpose) WHERE status = 'SUCCEEDED' AND purpose_kind <> 'plan';
CREATE INDEX payments_of_user ON payments (tenant_id, user_id, id);
CREATE INDEX payments_expiring ON payments (expire_check_at) WHERE status = 'PENDING';
SELECT quittance_protect('payments', 'user_id');

CREATE TABLE payment_attempts (
  tenant_id          uuid NOT NULL,
  id                 uuid NOT NULL,
  payment_id         uuid NOT NULL,
  user_id            uuid NOT NULL,
  number             integer NOT NULL,
  connection         text NOT NULL,
  psp                text NOT NULL,
  psp_reference      text NOT NULL DEFAULT '',
  status             text NOT NULL,
  unknown            boolean NOT NULL DEFAULT false,
  decline_code       text NOT NULL DEFAULT '',
  return_url         text NOT NULL,
  redirect_url       text NOT NULL DEFAULT '',
  transfer_lines     text[] NOT NULL DEFAULT '{}',
  transfer_reference text NOT NULL DEFAULT '',
  -- The X-Signature of our last request about it.
  request_signature  text NOT NULL DEFAULT '',
  create_time        timestamptz NOT NULL,
  -- When the PSP is asked next about what it did not answer (business time), and how often it was.
  check_at           timestamptz,
  checks             integer NOT NULL DEFAULT 0,
  -- Of the one who calls the PSP: until when (database time), and which call it is.
  lease_until        timestamptz NOT NULL DEFAULT '-infinity',
  lease              integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, payment_id, number),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX payment_attempts_reference ON payment_attempts (tenant_id, connection, psp_reference) WHERE psp_reference <> '';
CREATE INDEX payment_attempts_check ON payment_attempts (check_at) WHERE check_at IS NOT NULL;
SELECT quittance_protect('payment_attempts', 'user_id');

-- Append-only. One key, one fact, for ever.
CREATE TABLE payment_facts (
  tenant_id    uuid NOT NULL,
  payment_id   uuid NOT NULL,
  id           bigint GENERATED ALWAYS AS IDENTITY,
  user_id      uuid NOT NULL,
  attempt_id   uuid,
  connection   text NOT NULL,
  event_key    text NOT NULL,
  kind         text NOT NULL,
  object       text NOT NULL,
  amount_minor bigint NOT NULL,
  currency     text NOT NULL,
  code         text NOT NULL,
  psp_time     timestamptz NOT NULL,
  receive_time timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, payment_id, id),
  UNIQUE (tenant_id, connection, event_key),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);
SELECT quittance_protect('payment_facts', 'user_id');
REVOKE UPDATE, DELETE ON payment_facts FROM quittance_app;

CREATE TABLE refunds (
  tenant_id     uuid NOT NULL,
  id            uuid NOT NULL,
  payment_id    uuid NOT NULL,
  user_id       uuid NOT NULL,
  attempt_id    uuid NOT NULL,
  connection    text NOT NULL,
  amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
  currency      text NOT NULL,
  status        text NOT NULL CHECK (status IN ('PENDING', 'SUCCEEDED', 'FAILED')),
  reason        text NOT NULL,
  psp_reference text NOT NULL DEFAULT '',
  failure_code  text NOT NULL DEFAULT '',
  create_time   timestamptz NOT NULL,
  update_time   timestamptz NOT NULL,
  -- When it is sent next (business time); NULL: the PSP has it, or a person must look.
  send_at       timestamptz,
  sends         integer NOT NULL DEFAULT 0,
  lease_until   timestamptz NOT NULL DEFAULT '-infinity',
  lease         integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);
CREATE INDEX refunds_of_payment ON refunds (tenant_id, payment_id, id);
CREATE UNIQUE INDEX refunds_reference ON refunds (tenant_id, connection, psp_reference) WHERE psp_reference <> '';
CREATE INDEX refunds_to_send ON refunds (send_at) WHERE send_at IS NOT NULL;
SELECT quittance_protect('refunds', 'user_id');

-- Webhooks with a good signature. The body is sealed under the tenant's key.
CREATE TABLE webhook_deliveries (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  connection   text NOT NULL,
  event_id     text NOT NULL,
  event_type   text NOT NULL,
  body_hash    bytea NOT NULL CHECK (octet_length(body_hash) = 32),
  body         bytea NOT NULL,
  state        text NOT NULL CHECK (state IN ('applied', 'ignored', 'parked', 'quarantined')),
  reason       text NOT NULL DEFAULT '',
  payment_id   uuid,
  receive_time timestamptz NOT NULL,
  update_time  timestamptz NOT NULL,
  -- Of parked ones: when they are tried next (business time); NULL: a person must look.
  retry_at     timestamptz,
  tries        integer NOT NULL DEFAULT 0,
  lease_until  timestamptz NOT NULL DEFAULT '-infinity',
  lease        integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX webhook_deliveries_event ON webhook_deliveries (tenant_id, connection, event_id) WHERE state <> 'quarantined';
CREATE UNIQUE INDEX webhook_deliveries_quarantine ON webhook_deliveries (tenant_id, connection, event_id, body_hash) WHERE state = 'quarantined';
CREATE INDEX webhook_deliveries_retry ON webhook_deliveries (retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX webhook_deliveries_received ON webhook_deliveries (receive_time);
SELECT quittance_protect('webhook_deliveries');

-- Webhooks with a bad signature: a hash each, a bounded number a minute.
CREATE TABLE webhook_rejections (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  connection   text NOT NULL,
  reason       text NOT NULL,
  body_hash    bytea NOT NULL,
  source_hash  text NOT NULL,
  receive_time timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX webhook_rejections_received ON webhook_rejections (tenant_id, receive_time);
SELECT quittance_protect('webhook_rejections');

-- What subscriptions sells, from its events.
CREATE TABLE offers (
  tenant_id   uuid NOT NULL,
  kind        text NOT NULL,
  code        text NOT NULL,
  offer_id    text NOT NULL,
  price_minor bigint NOT NULL,
  currency    text NOT NULL,
  active      boolean NOT NULL,
  version     bigint NOT NULL,
  PRIMARY KEY (tenant_id, kind, code)
);
SELECT quittance_protect('offers');

-- Whom auth knows, from its events.
CREATE TABLE users (
  tenant_id uuid NOT NULL,
  id        uuid NOT NULL,
  version   bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT quittance_protect('users');

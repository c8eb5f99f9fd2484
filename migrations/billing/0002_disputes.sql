-- Disputes as rows of their own, refunds that people carry out, fraud warnings, confirmations that need two persons, calls to PSPs.
-- Invariant: disputes are folded from payment_facts like everything else; a row of approvals is one person's word, never two.
-- migrate:up

ALTER TABLE payments ADD COLUMN fraud_warning boolean NOT NULL DEFAULT false;
ALTER TABLE refunds ADD COLUMN manual boolean NOT NULL DEFAULT false;

CREATE TABLE disputes (
  tenant_id     uuid NOT NULL,
  id            uuid NOT NULL,
  payment_id    uuid NOT NULL,
  user_id       uuid NOT NULL,
  connection    text NOT NULL,
  psp_reference text NOT NULL,
  status        text NOT NULL CHECK (status IN ('OPEN', 'UNDER_REVIEW', 'WON', 'LOST')),
  stage         text NOT NULL CHECK (stage IN ('inquiry', 'chargeback', 'pre_arbitration')),
  amount_minor  bigint NOT NULL CHECK (amount_minor >= 0),
  currency      text NOT NULL,
  withheld      boolean NOT NULL,
  reason        text NOT NULL,
  create_time   timestamptz NOT NULL,
  update_time   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, payment_id, connection, psp_reference),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);
SELECT quittance_protect('disputes', 'user_id');

-- What one person has said and a second one must say too. `content` is the hash of what was said: other words are another proposal.
CREATE TABLE approvals (
  tenant_id    uuid NOT NULL,
  action       text NOT NULL,
  subject      text NOT NULL,
  content      bytea NOT NULL CHECK (octet_length(content) = 32),
  proposed_by  text NOT NULL,
  propose_time timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, action, subject)
);
SELECT quittance_protect('approvals');

-- Calls to PSPs besides an attempt's first create, which the attempt itself tells of. Kept 90 days.
CREATE TABLE psp_calls (
  tenant_id         uuid NOT NULL,
  id                bigint GENERATED ALWAYS AS IDENTITY,
  payment_id        uuid NOT NULL,
  user_id           uuid NOT NULL,
  verb              text NOT NULL,
  connection        text NOT NULL,
  key               text NOT NULL,
  answered          boolean NOT NULL,
  request_signature text NOT NULL,
  call_time         timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, payment_id, id)
);
CREATE INDEX psp_calls_age ON psp_calls (call_time);
SELECT quittance_protect('psp_calls', 'user_id');

CREATE INDEX webhook_deliveries_payment ON webhook_deliveries (tenant_id, payment_id) WHERE payment_id IS NOT NULL;

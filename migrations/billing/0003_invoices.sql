-- Invoices with their lines, credit notes, and the numbers both take.
-- Invariant: numbers of one tenant, series and year follow each other without a gap: the counter's row is locked until the commit that
-- uses its number, and a number is never given back.
-- migrate:up

CREATE TABLE invoices (
  tenant_id      uuid NOT NULL,
  id             uuid NOT NULL,
  user_id        uuid NOT NULL,
  number         text NOT NULL,
  status         text NOT NULL CHECK (status IN ('OPEN', 'PAID', 'VOID')),
  currency       text NOT NULL,
  net_minor      bigint NOT NULL CHECK (net_minor > 0),
  tax_minor      bigint NOT NULL CHECK (tax_minor >= 0),
  total_minor    bigint NOT NULL CHECK (total_minor = net_minor + tax_minor),
  memo           text NOT NULL,
  due_time       timestamptz,
  issue_time     timestamptz NOT NULL,
  payment_id     uuid,
  pay_time       timestamptz,
  void_time      timestamptz,
  version        bigint NOT NULL,
  create_time    timestamptz NOT NULL,
  update_time    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, number),
  CHECK ((status = 'PAID') = (pay_time IS NOT NULL)),
  CHECK ((status = 'VOID') = (void_time IS NOT NULL))
);
CREATE INDEX invoices_of_user ON invoices (tenant_id, user_id, id);
SELECT quittance_protect('invoices', 'user_id');

CREATE TABLE invoice_lines (
  tenant_id    uuid NOT NULL,
  invoice_id   uuid NOT NULL,
  position     integer NOT NULL,
  user_id      uuid NOT NULL,
  description  text NOT NULL,
  quantity     bigint NOT NULL CHECK (quantity > 0),
  unit_minor   bigint NOT NULL CHECK (unit_minor > 0),
  tax_rate_bp  integer NOT NULL CHECK (tax_rate_bp BETWEEN 0 AND 10000),
  net_minor    bigint NOT NULL,
  tax_minor    bigint NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, position),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
);
SELECT quittance_protect('invoice_lines', 'user_id');
REVOKE UPDATE, DELETE ON invoice_lines FROM quittance_app;

-- One for each refund of an invoice's payment. number NULL: to be issued by the job, in a transaction of its own.
CREATE TABLE credit_notes (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  invoice_id   uuid NOT NULL,
  refund_id    uuid NOT NULL,
  user_id      uuid NOT NULL,
  number       text,
  status       text NOT NULL CHECK (status IN ('PENDING', 'ISSUED', 'CANCELED')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency     text NOT NULL,
  issue_time   timestamptz,
  create_time  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, refund_id),
  UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);
CREATE INDEX credit_notes_of_invoice ON credit_notes (tenant_id, invoice_id, id);
CREATE INDEX credit_notes_to_issue ON credit_notes (id) WHERE status = 'PENDING';
SELECT quittance_protect('credit_notes', 'user_id');

CREATE TABLE invoice_numbers (
  tenant_id uuid NOT NULL,
  series    text NOT NULL,
  year      integer NOT NULL,
  last      bigint NOT NULL,
  PRIMARY KEY (tenant_id, series, year)
);
SELECT quittance_protect('invoice_numbers');

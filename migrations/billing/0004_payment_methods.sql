-- Payment methods kept at PSPs. Invariant: no card data; the PSP's token is sealed, found again only through its blind index.
-- migrate:up

CREATE TABLE payment_methods (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  user_id      uuid NOT NULL,
  connection   text NOT NULL,
  psp          text NOT NULL,
  -- Sealed under the tenant's key; NULL once it is deleted.
  token        bytea,
  -- Keyed hash of connection and token.
  fingerprint  bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  kind         text NOT NULL,
  brand        text NOT NULL,
  last_four    text NOT NULL CHECK (last_four ~ '^([0-9]{4})?$'),
  expiry_year  integer,
  expiry_month integer CHECK (expiry_month BETWEEN 1 AND 12),
  is_default   boolean NOT NULL,
  deleted      boolean NOT NULL DEFAULT false,
  -- A deleted one that its PSP still has to be told of (business time), and how often it was.
  tell_at      timestamptz,
  tells        integer NOT NULL DEFAULT 0,
  sealed_tell  bytea,
  create_time  timestamptz NOT NULL,
  update_time  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (deleted = (token IS NULL)),
  CHECK ((expiry_year IS NULL) = (expiry_month IS NULL))
);
CREATE UNIQUE INDEX payment_methods_fingerprint ON payment_methods (tenant_id, user_id, fingerprint) WHERE NOT deleted;
CREATE UNIQUE INDEX payment_methods_default ON payment_methods (tenant_id, user_id) WHERE is_default AND NOT deleted;
CREATE INDEX payment_methods_of_user ON payment_methods (tenant_id, user_id, id);
CREATE INDEX payment_methods_to_tell ON payment_methods (tell_at) WHERE tell_at IS NOT NULL;
SELECT quittance_protect('payment_methods', 'user_id');

-- The stored method that an attempt takes to its PSP: whoever calls again sends the same request under the same key.
ALTER TABLE payment_attempts ADD COLUMN payment_method_id uuid;
CREATE INDEX payment_attempts_method ON payment_attempts (tenant_id, payment_method_id) WHERE payment_method_id IS NOT NULL;

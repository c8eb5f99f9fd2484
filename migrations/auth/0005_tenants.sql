-- What operators set for a tenant, the account for emergencies, when secrets were used; the stages of signing keys.
-- Invariants: a tenant has at most one break-glass account in use; an account has at most two live secrets.
-- migrate:up

ALTER TABLE tenants
  ADD COLUMN maintenance      boolean NOT NULL DEFAULT false,
  ADD COLUMN allowed_origins  text[] NOT NULL DEFAULT '{}',
  ADD COLUMN calls_per_minute integer CHECK (calls_per_minute BETWEEN 1 AND 1000000);  -- of each service account; NULL: the platform's

ALTER TABLE service_accounts
  ADD COLUMN break_glass  boolean NOT NULL DEFAULT false,
  ADD COLUMN last_used_at timestamptz;
CREATE UNIQUE INDEX service_accounts_break_glass ON service_accounts (tenant_id) WHERE break_glass AND disabled_at IS NULL;

ALTER TABLE signing_keys ADD COLUMN activated_at timestamptz;

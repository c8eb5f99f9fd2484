-- Second factors, recovery codes, the challenge between password and code; a session knows how, when and under which epoch its person proved
-- who they are. Invariants: a TOTP step is spent once and never goes back; a challenge gives at most one session; keys of factors are sealed
-- under the person's own key, codes are kept as keyed hashes.
-- migrate:up

ALTER TABLE sessions
  ADD COLUMN amr              text[] NOT NULL DEFAULT '{pwd}',
  ADD COLUMN authenticated_at timestamptz,                -- NULL: with created_at
  ADD COLUMN epoch            bigint NOT NULL DEFAULT 0;  -- below the person's or the tenant's: the session is over

CREATE TABLE factors (
  tenant_id     uuid NOT NULL,
  factor_id     uuid NOT NULL,
  user_id       uuid NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('totp', 'sms')),
  secret_sealed bytea NOT NULL,
  last_step     bigint NOT NULL DEFAULT 0,
  confirmed_at  timestamptz,
  created_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, factor_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX factors_one_confirmed ON factors (tenant_id, user_id, kind) WHERE confirmed_at IS NOT NULL;
CREATE INDEX factors_user ON factors (tenant_id, user_id);
SELECT quittance_protect('factors', 'user_id');

CREATE TABLE recovery_codes (
  tenant_id  uuid NOT NULL,
  user_id    uuid NOT NULL,
  code_hash  bytea NOT NULL CHECK (octet_length(code_hash) = 32),
  created_at timestamptz NOT NULL,
  used_at    timestamptz,
  PRIMARY KEY (tenant_id, user_id, code_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
SELECT quittance_protect('recovery_codes', 'user_id');

CREATE TABLE challenges (
  tenant_id    uuid NOT NULL,
  challenge_id uuid NOT NULL,
  user_id      uuid NOT NULL,
  secret_hash  bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  amr          text[] NOT NULL,
  epoch        bigint NOT NULL,
  device_id    uuid,
  tries        integer NOT NULL DEFAULT 0,
  done_at      timestamptz,
  created_at   timestamptz NOT NULL,
  expire_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, challenge_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE INDEX challenges_expire_at ON challenges (expire_at);
SELECT quittance_protect('challenges', 'user_id');

-- Codes that go out by SMS: of an enrolment, or of a challenge. Invariants: a code is kept as a keyed hash, counts once, for five minutes and
-- five tries, and only the newest of a factor counts.
-- migrate:up

CREATE TABLE sms_codes (
  tenant_id    uuid NOT NULL,
  code_id      uuid NOT NULL,
  user_id      uuid NOT NULL,
  factor_id    uuid NOT NULL,
  challenge_id uuid,                                  -- NULL: of the enrolment
  code_hash    bytea NOT NULL CHECK (octet_length(code_hash) = 32),
  tries        integer NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL,
  expire_at    timestamptz NOT NULL,
  used_at      timestamptz,
  PRIMARY KEY (tenant_id, code_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE INDEX sms_codes_user ON sms_codes (tenant_id, user_id, created_at);
CREATE INDEX sms_codes_expire_at ON sms_codes (expire_at);
SELECT quittance_protect('sms_codes', 'user_id');

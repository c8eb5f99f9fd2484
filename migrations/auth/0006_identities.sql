-- Who somebody is at an issuer of id tokens. Invariants: one account per subject of an issuer; the subject is kept as a keyed hash only.
-- migrate:up

CREATE TABLE identities (
  tenant_id     uuid NOT NULL,
  subject_index bytea NOT NULL CHECK (octet_length(subject_index) = 32),
  user_id       uuid NOT NULL,
  provider      text NOT NULL,
  created_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, subject_index),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE INDEX identities_user ON identities (tenant_id, user_id);
SELECT quittance_protect('identities', 'user_id');

-- One-time tokens that travel by mail (reset of a password, login without one), and more reasons why a session ends.
-- Invariants: a token is kept as its hash, counts once, and only the newest of its kind counts; it dies with the address it was sent to.
-- migrate:up

CREATE TABLE mail_tokens (
  tenant_id   uuid NOT NULL,
  token_id    uuid NOT NULL,
  user_id     uuid NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('reset', 'magic_link')),
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  nonce_hash  bytea CHECK (octet_length(nonce_hash) = 32),
  email_index bytea NOT NULL CHECK (octet_length(email_index) = 32),
  created_at  timestamptz NOT NULL,
  expire_at   timestamptz NOT NULL,
  used_at     timestamptz,
  PRIMARY KEY (tenant_id, token_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE INDEX mail_tokens_user ON mail_tokens (tenant_id, user_id, kind, created_at);
CREATE INDEX mail_tokens_expire_at ON mail_tokens (expire_at);
SELECT quittance_protect('mail_tokens', 'user_id');

ALTER TABLE sessions DROP CONSTRAINT sessions_revoke_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_revoke_reason_check CHECK (revoke_reason IN ('logout', 'reuse', 'limit', 'revoked'));

-- Identity: tenants, users, service accounts, sessions and the keys that sign access tokens.
-- Invariants: what is personal is sealed under the user's own key (user_keys) and found by blind index only; of a secret only its hash is
-- kept; a session has at most one active refresh token. Business time is always a parameter.
-- migrate:up

-- PollTrust's cursor is a transaction id: rows stamped at or above the oldest transaction that still ran at the last poll are given again,
-- so a row whose transaction commits late is never missed (a sequence would lose it).
CREATE FUNCTION auth_stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_by := pg_current_xact_id();
  RETURN NEW;
END $$;

-- Customers of the platform. Platform data: every transaction may look one up (rpcs before login name it by code); only its own scope writes it.
CREATE TABLE tenants (
  tenant_id    uuid PRIMARY KEY,
  code         text NOT NULL UNIQUE CHECK (length(code) BETWEEN 2 AND 40),
  display_name text NOT NULL,
  locale       text NOT NULL CHECK (locale IN ('fr', 'en')),
  time_zone    text NOT NULL,
  sign_up_open boolean NOT NULL DEFAULT true,
  epoch        bigint NOT NULL DEFAULT 0,
  version      bigint NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  changed_by   xid8 NOT NULL
);
CREATE INDEX tenants_changed_by ON tenants (changed_by);
CREATE TRIGGER tenants_stamp BEFORE INSERT OR UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION auth_stamp_change();
SELECT quittance_protect('tenants');
CREATE POLICY directory ON tenants FOR SELECT TO quittance_app USING (true);

-- Roles and what they open, as data of each tenant.
CREATE TABLE roles (
  tenant_id uuid NOT NULL REFERENCES tenants,
  role      text NOT NULL CHECK (length(role) BETWEEN 2 AND 40),
  builtin   boolean NOT NULL,
  PRIMARY KEY (tenant_id, role)
);
SELECT quittance_protect('roles');

CREATE TABLE role_scopes (
  tenant_id uuid NOT NULL,
  role      text NOT NULL,
  scope     text NOT NULL,
  PRIMARY KEY (tenant_id, role, scope),
  FOREIGN KEY (tenant_id, role) REFERENCES roles ON DELETE CASCADE
);
SELECT quittance_protect('role_scopes');

-- People. Addresses, phone and external id are sealed; *_index are keyed hashes of the normalized value. password_hash NULL: no password login.
CREATE TABLE users (
  tenant_id          uuid NOT NULL REFERENCES tenants,
  user_id            uuid NOT NULL,
  status             text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'frozen', 'erased')),
  locale             text NOT NULL CHECK (locale IN ('fr', 'en')),
  email_sealed       bytea,
  email_index        bytea CHECK (octet_length(email_index) = 32),
  email_verified_at  timestamptz,
  phone_sealed       bytea,
  external_id_sealed bytea,
  external_id_index  bytea CHECK (octet_length(external_id_index) = 32),
  password_hash      text,
  epoch              bigint NOT NULL DEFAULT 0,
  version            bigint NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT users_email UNIQUE (tenant_id, email_index),
  CONSTRAINT users_external_id UNIQUE (tenant_id, external_id_index)
);
SELECT quittance_protect('users', 'user_id');

-- The data key of each user, wrapped by the keyring. Destroying the row makes the person unreadable everywhere, also in stored replies.
CREATE TABLE user_keys (
  tenant_id   uuid NOT NULL,
  user_id     uuid NOT NULL,
  wrapped_key bytea NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
SELECT quittance_protect('user_keys', 'user_id');

CREATE TABLE user_roles (
  tenant_id uuid NOT NULL,
  user_id   uuid NOT NULL,
  role      text NOT NULL,
  PRIMARY KEY (tenant_id, user_id, role),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users,
  FOREIGN KEY (tenant_id, role) REFERENCES roles
);
CREATE INDEX user_roles_role ON user_roles (tenant_id, role);
SELECT quittance_protect('user_roles', 'user_id');

-- Proofs of an address, one per sign-up. The password that was sent with a sign-up becomes the user's only with that sign-up's own token, so
-- nobody can prepare an account for an address they do not read.
CREATE TABLE email_tokens (
  tenant_id     uuid NOT NULL,
  token_id      uuid NOT NULL,
  user_id       uuid NOT NULL,
  secret_hash   bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL,
  expire_at     timestamptz NOT NULL,
  used_at       timestamptz,
  PRIMARY KEY (tenant_id, token_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE INDEX email_tokens_user ON email_tokens (tenant_id, user_id);
CREATE INDEX email_tokens_expire_at ON email_tokens (expire_at);
SELECT quittance_protect('email_tokens', 'user_id');

-- A login and the family of refresh tokens that descends from it.
CREATE TABLE sessions (
  tenant_id     uuid NOT NULL,
  session_id    uuid NOT NULL,
  user_id       uuid NOT NULL,
  scopes        text[] NOT NULL,
  created_at    timestamptz NOT NULL,
  expire_at     timestamptz NOT NULL,
  revoked_at    timestamptz,
  revoke_reason text CHECK (revoke_reason IN ('logout', 'reuse', 'limit')),
  PRIMARY KEY (tenant_id, session_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users,
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);
CREATE INDEX sessions_user ON sessions (tenant_id, user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_expire_at ON sessions (expire_at);
SELECT quittance_protect('sessions', 'user_id');

CREATE TABLE refresh_tokens (
  tenant_id    uuid NOT NULL,
  token_id     uuid NOT NULL,
  session_id   uuid NOT NULL,
  secret_hash  bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  parent_id    uuid,
  state        text NOT NULL CHECK (state IN ('active', 'used', 'revoked')),
  used_at      timestamptz,
  successor_id uuid,
  created_at   timestamptz NOT NULL,
  expire_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, token_id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions ON DELETE CASCADE,
  CHECK ((state = 'used') = (successor_id IS NOT NULL)),
  CHECK ((state = 'used') = (used_at IS NOT NULL))
);
CREATE UNIQUE INDEX refresh_tokens_one_active ON refresh_tokens (tenant_id, session_id) WHERE state = 'active';
CREATE INDEX refresh_tokens_session ON refresh_tokens (tenant_id, session_id);
SELECT quittance_protect('refresh_tokens');

-- Accounts of machines; the secrets stand apart, so that two can live during a rotation.
CREATE TABLE service_accounts (
  tenant_id    uuid NOT NULL REFERENCES tenants,
  account_id   uuid NOT NULL UNIQUE,
  display_name text NOT NULL,
  scopes       text[] NOT NULL,
  expire_at    timestamptz,
  disabled_at  timestamptz,
  epoch        bigint NOT NULL DEFAULT 0,
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id)
);
SELECT quittance_protect('service_accounts');

CREATE TABLE service_account_secrets (
  tenant_id   uuid NOT NULL,
  account_id  uuid NOT NULL,
  secret_id   uuid NOT NULL,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  created_at  timestamptz NOT NULL,
  expire_at   timestamptz,
  PRIMARY KEY (tenant_id, account_id, secret_id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES service_accounts
);
SELECT quittance_protect('service_account_secrets');

-- What ended before its access tokens did; every process polls it. Exactly one of session_id and min_epoch is set.
CREATE TABLE revocations (
  tenant_id  uuid NOT NULL,
  id         uuid NOT NULL,
  subject    text NOT NULL,
  session_id uuid,
  min_epoch  bigint,
  expire_at  timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  changed_by xid8 NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((session_id IS NULL) <> (min_epoch IS NULL))
);
CREATE INDEX revocations_changed_by ON revocations (changed_by);
CREATE INDEX revocations_expire_at ON revocations (expire_at);
CREATE TRIGGER revocations_stamp BEFORE INSERT OR UPDATE ON revocations FOR EACH ROW EXECUTE FUNCTION auth_stamp_change();
SELECT quittance_protect('revocations');

-- Keys that sign access tokens: the platform's, of no tenant. The private key is sealed by the keyring; at most one is active.
CREATE TABLE signing_keys (
  kid           text PRIMARY KEY,
  algorithm     text NOT NULL CHECK (algorithm = 'ES256'),
  public_key    bytea NOT NULL CHECK (octet_length(public_key) = 65),
  private_key   bytea NOT NULL,
  state         text NOT NULL CHECK (state IN ('staged', 'active', 'retired')),
  created_at    timestamptz NOT NULL,
  retired_at    timestamptz
);
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (state) WHERE state = 'active';
GRANT SELECT, INSERT, UPDATE, DELETE ON signing_keys TO quittance_system;

-- Made once, by `quittance-auth bootstrap`.
CREATE TABLE bootstrap (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  done_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT ON bootstrap TO quittance_system;

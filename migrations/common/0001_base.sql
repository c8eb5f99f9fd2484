-- What every database of Quittance has: outbox, inbox, dead letters, idempotency keys, audit trail, settings, keys, relay lease, trust.
-- Roles: the owner applies migrations; quittance_app is forced into the scope of its transaction (app.tenants, app.user_id);
-- quittance_system (consumers, jobs, relay) sees all tenants. No role bypasses row-level security.
-- migrate:up

-- Forces row-level security on a table that has tenant_id (and, where `user_column` is given, narrows to one user when the scope has one).
CREATE FUNCTION quittance_protect(target regclass, user_column text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  rule text := 'tenant_id = ANY((SELECT string_to_array(current_setting(''app.tenants'', true), '','')::uuid[])::uuid[])';
BEGIN
  IF user_column IS NOT NULL THEN
    rule := rule || format(' AND ((SELECT coalesce(current_setting(''app.user_id'', true), '''')) = '''''
                           ' OR %I = (SELECT nullif(current_setting(''app.user_id'', true), '''')::uuid))', user_column);
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY scope ON %s TO quittance_app USING (%s) WITH CHECK (%s)', target, rule, rule);
  EXECUTE format('CREATE POLICY system ON %s TO quittance_system USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO quittance_app, quittance_system', target);
END $$;

GRANT USAGE ON SCHEMA public TO quittance_app, quittance_system;

-- Events that wait for the broker, in order of id within an aggregate (the aggregate's row is locked while it is drawn).
CREATE TABLE outbox (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   uuid NOT NULL,
  event_id    uuid NOT NULL UNIQUE,
  type        text NOT NULL,
  key         text NOT NULL,
  sequence    bigint NOT NULL,
  time        timestamptz NOT NULL,
  traceparent text NOT NULL,
  data        bytea NOT NULL CHECK (octet_length(data) <= 900000)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
SELECT quittance_protect('outbox');

-- The one relay that publishes; `until` is database time.
CREATE TABLE relay_lease (
  name  text PRIMARY KEY,
  owner text NOT NULL,
  epoch bigint NOT NULL,
  until timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON relay_lease TO quittance_system;

-- Events a consumer has applied. Kept longer than the topics.
CREATE TABLE inbox (
  consumer   text NOT NULL,
  event_id   uuid NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_applied_at ON inbox (applied_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox TO quittance_system;

-- Tries of events that failed, counted in a commit of their own before each try.
CREATE TABLE inbox_tries (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  tries    integer NOT NULL,
  PRIMARY KEY (consumer, event_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_tries TO quittance_system;

-- Events that could not be applied: original bytes and why.
CREATE TABLE dead_letters (
  id              uuid PRIMARY KEY,
  tenant_id       uuid,
  consumer        text NOT NULL,
  event_id        uuid,
  topic           text NOT NULL,
  partition       integer NOT NULL,
  kafka_offset    bigint NOT NULL,
  key             bytea,
  headers         jsonb NOT NULL,
  data            bytea,
  reason          text NOT NULL,
  message         text NOT NULL,
  tries           integer NOT NULL,
  state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'dropped')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (consumer, topic, partition, kafka_offset, event_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO quittance_system;

-- Idempotency keys: claimed in the transaction of their effect. reply NULL: the effect's network call still runs.
CREATE TABLE idempotency_keys (
  tenant_id    uuid NOT NULL,
  principal    text NOT NULL,
  method       text NOT NULL,
  key          text NOT NULL,
  fingerprint  bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  resource_id  uuid NOT NULL,
  reply        bytea CHECK (octet_length(reply) <= 65536),
  secret_reply bytea,
  secret_until timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, principal, method, key)
);
CREATE INDEX idempotency_keys_open ON idempotency_keys (tenant_id, resource_id) WHERE reply IS NULL;
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
SELECT quittance_protect('idempotency_keys');

-- Who did what to what. seq and hash are filled by the sealer.
CREATE TABLE audit_log (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   uuid NOT NULL,
  entry_id    uuid NOT NULL DEFAULT gen_random_uuid(),
  time        timestamptz NOT NULL,
  actor       text NOT NULL,
  action      text NOT NULL,
  subject     text NOT NULL,
  detail      text NOT NULL,
  event_id    uuid,
  traceparent text NOT NULL,
  seq         bigint,
  hash        bytea
);
CREATE INDEX audit_log_subject ON audit_log (tenant_id, subject, id);
SELECT quittance_protect('audit_log');
REVOKE UPDATE, DELETE ON audit_log FROM quittance_app;

-- Data keys, wrapped by the keyring.
CREATE TABLE tenant_keys (
  tenant_id   uuid PRIMARY KEY,
  wrapped_key bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
SELECT quittance_protect('tenant_keys');

-- Settings of tenants, each value sealed under the tenant's key.
CREATE TABLE settings (
  tenant_id  uuid NOT NULL,
  key        text NOT NULL,
  value      bytea NOT NULL,
  version    bigint NOT NULL DEFAULT 1,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key)
);
SELECT quittance_protect('settings');

-- What this process's service knows of tokens, for the time when auth is down: one row, the serialized state.
CREATE TABLE trust_state (
  name       text PRIMARY KEY,
  state      bytea NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON trust_state TO quittance_system;

-- What this service heard of ended sessions and credentials from auth's events; its processes read it beside their polls of auth, so that
-- either path may be down. Rows end with the tokens they concern.
-- migrate:up

CREATE TABLE heard_revocations (
  event_id   uuid PRIMARY KEY,
  tenant_id  uuid NOT NULL,
  revocation bytea NOT NULL,
  expire_at  timestamptz NOT NULL,                          -- business time
  changed_by xid8 NOT NULL DEFAULT pg_current_xact_id()     -- a reader's cursor
);
CREATE INDEX heard_revocations_changed_by ON heard_revocations (changed_by);
CREATE INDEX heard_revocations_expire_at ON heard_revocations (expire_at);
SELECT quittance_protect('heard_revocations');

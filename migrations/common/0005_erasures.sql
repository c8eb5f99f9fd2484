-- Erased people that this database has followed. The ledger outside the dumps (deploy/erasures.sql) has all of them: whoever is there and not
-- here came back with a restored dump, and is erased again before the service is ready. Rows stay for ever; there is nothing personal in them.
-- migrate:up

CREATE TABLE erasures (
  tenant_id uuid NOT NULL,
  user_id   uuid NOT NULL,
  version   bigint NOT NULL,                -- of the user, in auth
  erased_at timestamptz NOT NULL,
  recorded  boolean NOT NULL DEFAULT true,  -- false, in auth alone: the ledger may not have it yet
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX erasures_unrecorded ON erasures (erased_at) WHERE NOT recorded;
SELECT quittance_protect('erasures');

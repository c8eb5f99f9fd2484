-- Changes of settings that one person has proposed and a second one must approve. One for each key; a new proposal takes the place of the old.
-- migrate:up

CREATE TABLE setting_changes (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  key          text NOT NULL,
  -- Sealed under the tenant's key; NULL: the setting is to be deleted.
  value        bytea,
  -- Of the setting when this was proposed: what has changed since is not changed by this any more.
  version      bigint NOT NULL,
  proposed_by  text NOT NULL,
  propose_time timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, key)
);
SELECT quittance_protect('setting_changes');

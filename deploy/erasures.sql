-- The ledger of erasures: a database of its own, beside the services' and never in their dumps. Run by a superuser, connected to it; twice does
-- no harm. Auth's system role is a writer, the other services' system roles are readers. Nobody changes or deletes a row: a person who was
-- erased stays erased, whatever backup comes back. Give it a server and backups of its own in production.
SELECT 'CREATE ROLE quittance_erasures_reader NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quittance_erasures_reader') \gexec
SELECT 'CREATE ROLE quittance_erasures_writer NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quittance_erasures_writer') \gexec

CREATE TABLE IF NOT EXISTS erasures (
  tenant_id   uuid NOT NULL,
  user_id     uuid NOT NULL,
  version     bigint NOT NULL,
  erased_at   timestamptz NOT NULL,                -- business time
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id)
);
GRANT SELECT ON erasures TO quittance_erasures_reader, quittance_erasures_writer;
GRANT INSERT ON erasures TO quittance_erasures_writer;

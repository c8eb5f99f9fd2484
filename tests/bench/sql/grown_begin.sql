-- Before many rows are staged: what is not a primary key leaves the tables and is kept as text, to be built at once over all rows afterwards.
CREATE UNLOGGED TABLE bench_rebuild (n serial, ddl text NOT NULL);
DO $$
DECLARE
  filled regclass[] := ARRAY['payments', 'payment_attempts', 'payment_facts', 'idempotency_keys', 'audit_log'];
  one record;
BEGIN
  FOR one IN SELECT conrelid::regclass AS target, conname, pg_get_constraintdef(oid) AS body FROM pg_constraint
             WHERE contype = 'u' AND conrelid = ANY(filled) LOOP
    INSERT INTO bench_rebuild (ddl) VALUES (format('ALTER TABLE %s ADD CONSTRAINT %I %s', one.target, one.conname, one.body));
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.target, one.conname);
  END LOOP;
  FOR one IN SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS ddl FROM pg_index
             WHERE NOT indisprimary AND indrelid = ANY(filled) LOOP
    INSERT INTO bench_rebuild (ddl) VALUES (one.ddl);
    EXECUTE format('DROP INDEX %s', one.name);
  END LOOP;
END $$;
-- A UUIDv7 of a time; what is random in a real one comes from the seed, so that the tables agree without being joined.
CREATE OR REPLACE FUNCTION bench_id_at(at timestamptz, seed text) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(seed), 1, 3) || '8' || substr(md5(seed), 4, 15))::uuid
$$;
CREATE UNLOGGED TABLE bench_rows (tenant uuid, principal text, usr uuid, payment uuid, attempt uuid, word text, n bigint, at timestamptz);
INSERT INTO users (tenant_id, id, version)
  SELECT tenant_id, ('01990000-0000-7000-8000-' || lpad(to_hex(u), 12, '0'))::uuid, 1 FROM bench_tenants, generate_series(1, :users) u
  ON CONFLICT DO NOTHING;

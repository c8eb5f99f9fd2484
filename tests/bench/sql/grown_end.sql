-- After the last row: the constraints and indexes that grown_begin.sql took away, then what a database that grew by itself knows of its rows.
SET maintenance_work_mem = '512MB';
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT ddl FROM bench_rebuild ORDER BY n LOOP
    EXECUTE one.ddl;
  END LOOP;
END $$;
DROP TABLE bench_rebuild, bench_rows;
VACUUM ANALYZE payments, payment_attempts, payment_facts, idempotency_keys, audit_log, users;

-- Open payments at the HMAC PSP, as B5 and LAT find them: one attempt each with one fact; bench_staged lists them by number.
-- psql variables: count, tenants (array literal of uuids), kind and purpose (a plan's code, or empty: a reference of its own), users (one each: 1).
DROP TABLE IF EXISTS bench_staged;
DROP SEQUENCE IF EXISTS bench_next;
CREATE SEQUENCE bench_next;
CREATE TABLE bench_staged AS
  SELECT n, (n - 1) % cardinality(:'tenants'::uuid[]) AS tenant_number, (:'tenants'::uuid[])[(n - 1) % cardinality(:'tenants'::uuid[]) + 1] AS tenant_id,
         bench_id() AS payment_id, bench_id() AS attempt_id, CASE WHEN :users = 1 THEN bench_id() ELSE '01990000-0000-7000-8000-000000000001'::uuid END AS user_id
  FROM generate_series(1, :count) n;
ALTER TABLE bench_staged ADD PRIMARY KEY (n);
INSERT INTO payments (tenant_id, id, user_id, purpose_kind, purpose, amount_minor, currency, status, detail, metadata_keys, metadata_values,
                      expire_time, expire_check_at, version, create_time, update_time)
  SELECT tenant_id, payment_id, user_id, :'kind', CASE WHEN :'purpose' = '' THEN payment_id::text ELSE :'purpose' END, 1990, 'EUR', 'PENDING',
         'requires_action', '{}', '{}', now() + interval '1 day', now() + interval '1 day', 2, now(), now() FROM bench_staged ORDER BY n;
INSERT INTO payment_attempts (tenant_id, id, payment_id, user_id, number, connection, psp, psp_reference, status, return_url, create_time)
  SELECT tenant_id, attempt_id, payment_id, user_id, 1, 'hmac', 'hmac', 'hp_' || replace(payment_id::text, '-', ''), 'requires_action', '', now()
  FROM bench_staged ORDER BY n;
INSERT INTO payment_facts (tenant_id, payment_id, user_id, attempt_id, connection, event_key, kind, object, amount_minor, currency, code, psp_time,
                           receive_time)
  SELECT tenant_id, payment_id, user_id, attempt_id, 'hmac', 'state:' || payment_id || ':requires_action', 'requires_action', '', 0, '', '', now(), now()
  FROM bench_staged ORDER BY n;
-- A table of deliveries is never empty: plans for one that is would not be those of a day at work.
INSERT INTO webhook_deliveries (tenant_id, id, connection, event_id, event_type, body_hash, body, state, receive_time, update_time)
  SELECT tenant_id, attempt_id, 'hmac', 'evt_before_' || payment_id, 'payment.succeeded', decode(repeat('00', 32), 'hex'), '', 'ignored', now(), now()
  FROM bench_staged ORDER BY n;
ANALYZE payments, payment_attempts, payment_facts, webhook_deliveries, bench_staged;

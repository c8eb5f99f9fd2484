-- Payments `first` to `last` of `count` with all that CreatePaymentIntent leaves behind, made over the last 29 days (keys live for 30) by the tenants
-- of bench_tenants in turn. One in ten has failed, the newest of each hundred are open, the others are paid. psql variables: first, last, count,
-- tenants (how many), users (of each tenant).
SET session_replication_role = replica;  -- foreign keys hold by construction
SET synchronous_commit = off;
TRUNCATE bench_rows;
INSERT INTO bench_rows
  SELECT t.tenant_id, t.principal, ('01990000-0000-7000-8000-' || lpad(to_hex(1 + n / :tenants * 7919 % :users), 12, '0'))::uuid,
         bench_id_at(at, 'pay' || n), bench_id_at(at, 'att' || n), translate(md5(n::text), '0123456789abcdef', 'abcdefghijklmnop'), n, at
  FROM generate_series(:first::bigint, :last::bigint) n JOIN bench_tenants t ON t.number = n % :tenants,
       LATERAL (SELECT now() - interval '29 days' * (1 - n::float8 / :count)) AS made(at);

INSERT INTO payments (tenant_id, id, user_id, purpose_kind, purpose, amount_minor, currency, status, detail, captured_minor, metadata_keys,
                      metadata_values, expire_time, expire_check_at, succeed_time, version, create_time, update_time)
  SELECT tenant, payment, usr, 'reference', word, 1990, 'EUR', status, CASE status WHEN 'PENDING' THEN 'requires_action' WHEN 'FAILED' THEN
         'expired' ELSE 'settled' END, CASE status WHEN 'SUCCEEDED' THEN 1990 ELSE 0 END, '{}', '{}', at + interval '7 days',
         at + interval '7 days', CASE status WHEN 'SUCCEEDED' THEN at + interval '1 hour' END, 2, at, at
  FROM bench_rows, LATERAL (SELECT CASE WHEN n > :count::bigint * 99 / 100 THEN 'PENDING' WHEN n % 10 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END) AS stands(status)
  ORDER BY n;
INSERT INTO payment_attempts (tenant_id, id, payment_id, user_id, number, connection, psp, psp_reference, status, return_url, transfer_lines,
                              transfer_reference, create_time)
  SELECT tenant, attempt, payment, usr, 1, 'manual', 'manual', reference, 'requires_action', '',
         ARRAY['IBAN FR76 3000 6000 0112 3456 7890 189'], reference, at
  FROM bench_rows, LATERAL (SELECT 'QT-' || upper(substr(attempt::text, 25, 12))) AS transfer(reference)
  ORDER BY n;
INSERT INTO payment_facts (tenant_id, payment_id, user_id, attempt_id, connection, event_key, kind, object, amount_minor, currency, code,
                           psp_time, receive_time)
  SELECT tenant, payment, usr, attempt, 'manual', 'state:' || reference || ':requires_action:' || replace(attempt::text, '-', ''), 'requires_action',
         reference, 0, '', '', at, at
  FROM bench_rows, LATERAL (SELECT 'QT-' || upper(substr(attempt::text, 25, 12))) AS transfer(reference)
  ORDER BY n;
INSERT INTO idempotency_keys (tenant_id, principal, method, key, fingerprint, resource_id, reply, created_at)
  SELECT tenant, principal, 'quittance.billing.v1.BillingService.CreatePaymentIntent', word,
         sha256(word::bytea), attempt, sha256(word::bytea), at FROM bench_rows ORDER BY n;
INSERT INTO audit_log (tenant_id, time, actor, action, subject, detail, event_id, traceparent)
  SELECT tenant, at, principal, 'CreatePaymentIntent', 'pay_' || replace(payment::text, '-', ''), '', payment, ''
  FROM bench_rows ORDER BY n;

-- B1's reference: the six rows of one created intent in one statement. {reply} and {event} are bytes of a real one.
-- pgbench takes a colon and a name for a variable even inside quotes, so texts here have none.
\set t random(1, :tenants)
WITH id AS MATERIALIZED (
  SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(:t::bigint), 12, '0'))::uuid AS tenant, '01990000-0000-7000-8000-000000000001'::uuid AS usr,
         gen_random_uuid() AS payment, gen_random_uuid() AS attempt, gen_random_uuid() AS event, now() AS at),
k AS (INSERT INTO idempotency_keys (tenant_id, principal, method, key, fingerprint, resource_id, reply)
  SELECT tenant, 'svc_019900000000700080000000000000aa', 'quittance.billing.v1.BillingService.CreatePaymentIntent', 'run-00000000-' || payment,
         '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'::bytea, attempt, '{reply}'::bytea FROM id),
p AS (INSERT INTO payments (tenant_id, id, user_id, purpose_kind, purpose, amount_minor, currency, status, detail, metadata_keys, metadata_values,
                            expire_time, expire_check_at, version, create_time, update_time)
  SELECT tenant, payment, usr, 'reference', 'run-00000000-' || payment, 1990, 'EUR', 'PENDING', 'requires_action', '{}', '{}',
         at + interval '7 days', at + interval '7 days', 1, at, at FROM id),
a AS (INSERT INTO payment_attempts (tenant_id, id, payment_id, user_id, number, connection, psp, psp_reference, status, return_url, transfer_lines,
                                    transfer_reference, create_time)
  SELECT tenant, attempt, payment, usr, 1, 'manual', 'manual', 'QT-' || attempt, 'requires_action', '',
         ARRAY['IBAN FR76 3000 6000 0112 3456 7890 189'], 'QT-000000000000', at FROM id),
f AS (INSERT INTO payment_facts (tenant_id, payment_id, user_id, attempt_id, connection, event_key, kind, object, amount_minor, currency, code,
                                 psp_time, receive_time)
  SELECT tenant, payment, usr, attempt, 'manual', 'state-QT-000000000000-requires_action-' || attempt, 'requires_action', 'QT-000000000000', 0, '', '',
         at, at FROM id),
o AS (INSERT INTO outbox (tenant_id, event_id, type, key, sequence, time, traceparent, data)
  SELECT tenant, event, 'quittance.billing.v1.PaymentCreated', 'pay_' || payment, 1, at, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
         '{event}'::bytea FROM id)
INSERT INTO audit_log (tenant_id, time, actor, action, subject, detail, event_id, traceparent)
SELECT tenant, at, 'svc_019900000000700080000000000000aa', 'CreatePaymentIntent', 'pay_' || payment, '', event,
       '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' FROM id;

-- B5's reference: the rows that one applied webhook writes, in one statement. {body} and {event} are bytes of a real one.
-- pgbench takes a colon and a name for a variable even inside quotes, so texts here have none.
WITH target AS MATERIALIZED (SELECT * FROM bench_staged WHERE n = (SELECT nextval('bench_next'))),
id AS MATERIALIZED (SELECT gen_random_uuid() AS delivery, gen_random_uuid() AS event, now() AS at),
d AS (INSERT INTO webhook_deliveries (tenant_id, id, connection, event_id, event_type, body_hash, body, state, payment_id, receive_time, update_time)
  SELECT tenant_id, delivery, 'hmac', 'evt_run00000000_' || payment_id, 'payment.succeeded',
         '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'::bytea, '{body}'::bytea, 'applied', payment_id, at, at FROM target, id),
f AS (INSERT INTO payment_facts (tenant_id, payment_id, user_id, attempt_id, connection, event_key, kind, object, amount_minor, currency, code,
                                 psp_time, receive_time)
  SELECT tenant_id, payment_id, user_id, attempt_id, 'hmac', 'evt_run00000000_' || payment_id, 'captured', 'hp_' || payment_id, 1990, 'EUR', '', at, at
  FROM target, id),
p AS (UPDATE payments p SET status = 'SUCCEEDED', detail = 'settled', captured_minor = 1990, succeed_time = at, version = p.version + 1, update_time = at
  FROM target t, id WHERE p.tenant_id = t.tenant_id AND p.id = t.payment_id),
a AS (UPDATE payment_attempts a SET status = 'succeeded' FROM target t WHERE a.tenant_id = t.tenant_id AND a.id = t.attempt_id),
o AS (INSERT INTO outbox (tenant_id, event_id, type, key, sequence, time, traceparent, data)
  SELECT tenant_id, event, 'quittance.billing.v1.PaymentSucceeded', 'pay_' || payment_id, 3, at,
         '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '{event}'::bytea FROM target, id)
INSERT INTO audit_log (tenant_id, time, actor, action, subject, detail, event_id, traceparent)
SELECT tenant_id, at, 'psp-hmac', 'ApplyPspNews', 'pay_' || payment_id,
       '{"from":"PENDING/requires_action","to":"SUCCEEDED/settled","captured_minor":1990,"refunded_minor":0,"currency":"EUR"}', event,
       '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' FROM target, id;

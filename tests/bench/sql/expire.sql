-- B10's reference: all that is due in one set: transition, event, audit row. {event} is a real one's bytes.
WITH due AS (UPDATE subscriptions SET status = 'expired', version = version + 1, reminder_at = NULL, updated_at = now()
             WHERE status = 'active' AND current_period_end <= now() RETURNING tenant_id, id, version, gen_random_uuid() AS event),
o AS (INSERT INTO outbox (tenant_id, event_id, type, key, sequence, time, traceparent, data)
  SELECT tenant_id, event, 'quittance.subscriptions.v1.SubscriptionExpired', 'sub_' || replace(id::text, '-', ''), version, now(), '', '{event}'::bytea FROM due)
INSERT INTO audit_log (tenant_id, time, actor, action, subject, detail, event_id, traceparent)
SELECT tenant_id, now(), 'system:expire_subscriptions', 'ExpireSubscription', 'sub_' || replace(id::text, '-', ''), '', event, '' FROM due;

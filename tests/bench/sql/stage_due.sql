-- Subscriptions whose period has just ended. psql variables: count, tenants.
INSERT INTO subscriptions (tenant_id, id, user_id, access, plan_code, status, current_period_start, current_period_end, version, created_at, updated_at)
  SELECT (:'tenants'::uuid[])[(n - 1) % cardinality(:'tenants'::uuid[]) + 1], bench_id(), bench_id(), 'signaux', 'weekly', 'active',
         now() - interval '7 days', now() - interval '1 second', 1, now() - interval '7 days', now() - interval '7 days'
  FROM generate_series(1, :count) n;

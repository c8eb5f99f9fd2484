-- Sessions of the tenant's people as logins leave them, each with the first token of its family; bench_sessions lists what their clients hold.
-- A token's id is its place in the family and its session's number, so that the reference can follow a family without asking.
-- psql variables: tenant, count.
TRUNCATE sessions, refresh_tokens CASCADE;
DROP TABLE IF EXISTS bench_sessions;
CREATE TABLE bench_sessions AS
  WITH people AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY user_id) - 1 AS place, count(*) OVER () AS size, user_id,
           ARRAY(SELECT DISTINCT s.scope FROM user_roles r JOIN role_scopes s USING (tenant_id, role)
                 WHERE r.tenant_id = u.tenant_id AND r.user_id = u.user_id ORDER BY 1) AS scopes
    FROM users u WHERE tenant_id = :'tenant' AND status = 'active')
  SELECT n, :'tenant'::uuid AS tenant_id, bench_id() AS session_id, user_id, scopes, ('0199' || lpad('', 12, '0') || lpad(to_hex(n), 16, '0'))::uuid AS token_id,
         sha256(convert_to('bench ' || n, 'UTF8')) AS secret
  FROM generate_series(1, :count) n JOIN people ON place = (n - 1) % size;
INSERT INTO sessions (tenant_id, session_id, user_id, scopes, amr, epoch, created_at, authenticated_at, expire_at)
  SELECT tenant_id, session_id, user_id, scopes, '{pwd}', 0, now(), now(), now() + interval '90 days' FROM bench_sessions ORDER BY n;
INSERT INTO refresh_tokens (tenant_id, token_id, session_id, secret_hash, parent_id, state, created_at, expire_at)
  SELECT tenant_id, token_id, session_id, sha256(secret), NULL, 'active', now(), now() + interval '30 days' FROM bench_sessions ORDER BY n;
ANALYZE sessions, refresh_tokens;

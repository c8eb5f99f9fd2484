-- REFRESH's reference: the statements of one rotation, one by one in one transaction, as the use case runs them. Each client rotates `each`
-- sessions of its own in turn; \gset fails the run when a token is not the one row that it should be.
-- pgbench takes a colon and a name for a variable even inside quotes, so texts here have none.
\set session :client_id * :each + :i % :each + 1
\set place :i / :each
BEGIN;
SELECT session_id, secret_hash, state, used_at, successor_id, expire_at FROM refresh_tokens
  WHERE tenant_id = :tenant AND token_id = ('0199' || lpad(to_hex(:place::bigint), 12, '0') || lpad(to_hex(:session::bigint), 16, '0'))::uuid \gset
SELECT session_id, user_id, scopes, amr, epoch, created_at, coalesce(authenticated_at, created_at) AS authenticated_at, expire_at,
       revoked_at IS NOT NULL AS revoked FROM sessions WHERE tenant_id = :tenant AND session_id = :session_id FOR UPDATE \gset
SELECT session_id, secret_hash, state, used_at, successor_id, expire_at FROM refresh_tokens
  WHERE tenant_id = :tenant AND token_id = ('0199' || lpad(to_hex(:place::bigint), 12, '0') || lpad(to_hex(:session::bigint), 16, '0'))::uuid \gset
SELECT u.tenant_id, u.user_id, u.status, u.locale, u.email_verified_at IS NOT NULL AS verified, u.epoch, u.version, u.created_at, u.updated_at,
       u.password_hash, u.email_sealed, u.phone_sealed, u.external_id_sealed, u.email_index, u.external_id_index,
       ARRAY(SELECT r.role FROM user_roles r WHERE r.tenant_id = u.tenant_id AND r.user_id = u.user_id ORDER BY r.role)::text[] AS roles,
       (SELECT k.wrapped_key FROM user_keys k WHERE k.tenant_id = u.tenant_id AND k.user_id = u.user_id) AS wrapped_key
  FROM users u WHERE u.tenant_id = :tenant AND u.user_id = :user_id \gset
SELECT tenant_id, code, display_name, locale, time_zone, sign_up_open, maintenance, allowed_origins, calls_per_minute, epoch, version, created_at,
       updated_at FROM tenants WHERE tenant_id = :tenant;
SELECT s.scope FROM user_roles r JOIN role_scopes s ON s.tenant_id = r.tenant_id AND s.role = r.role
  WHERE r.tenant_id = :tenant AND r.user_id = :user_id GROUP BY s.scope ORDER BY s.scope COLLATE "C";
UPDATE refresh_tokens SET state = 'used', used_at = now(),
       successor_id = ('0199' || lpad(to_hex(:place::bigint + 1), 12, '0') || lpad(to_hex(:session::bigint), 16, '0'))::uuid
  WHERE tenant_id = :tenant AND token_id = ('0199' || lpad(to_hex(:place::bigint), 12, '0') || lpad(to_hex(:session::bigint), 16, '0'))::uuid AND state = 'active';
INSERT INTO refresh_tokens (tenant_id, token_id, session_id, secret_hash, parent_id, state, created_at, expire_at)
  VALUES (:tenant, ('0199' || lpad(to_hex(:place::bigint + 1), 12, '0') || lpad(to_hex(:session::bigint), 16, '0'))::uuid, :session_id,
          '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'::bytea,
          ('0199' || lpad(to_hex(:place::bigint), 12, '0') || lpad(to_hex(:session::bigint), 16, '0'))::uuid, 'active', now(), now() + interval '30 days');
COMMIT;
\set i :i + 1

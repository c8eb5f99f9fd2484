-- The four databases of a local stack with their roles owner, app and system; run by the superuser, twice does no harm.
-- psql variables: <service>_<role> is that role's password (service: auth, billing, subscriptions, notifications).
SELECT 'CREATE ROLE quittance_app NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quittance_app') \gexec
SELECT 'CREATE ROLE quittance_system NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quittance_system') \gexec
SELECT format('CREATE ROLE %I LOGIN NOBYPASSRLS NOSUPERUSER', s || '_' || r)
  FROM unnest(ARRAY['auth', 'billing', 'subscriptions', 'notifications']) s, unnest(ARRAY['owner', 'app', 'system']) r
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = s || '_' || r) \gexec
SELECT format('GRANT quittance_%s TO %I', r, s || '_' || r)
  FROM unnest(ARRAY['auth', 'billing', 'subscriptions', 'notifications']) s, unnest(ARRAY['app', 'system']) r \gexec
SELECT format('CREATE DATABASE %I OWNER %I', 'quittance_' || s, s || '_owner')
  FROM unnest(ARRAY['auth', 'billing', 'subscriptions', 'notifications']) s
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'quittance_' || s) \gexec
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', 'quittance_' || s)
  FROM unnest(ARRAY['auth', 'billing', 'subscriptions', 'notifications']) s \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I, %I', 'quittance_' || s, s || '_app', s || '_system')
  FROM unnest(ARRAY['auth', 'billing', 'subscriptions', 'notifications']) s \gexec
-- The ledger of erasures: beside the services' databases, in no dump of theirs (its table: deploy/erasures.sql).
SELECT 'CREATE DATABASE quittance_erasures' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'quittance_erasures') \gexec
REVOKE CONNECT ON DATABASE quittance_erasures FROM PUBLIC;
GRANT CONNECT ON DATABASE quittance_erasures TO auth_system, billing_system, subscriptions_system, notifications_system;
ALTER ROLE auth_owner PASSWORD :'auth_owner';
ALTER ROLE auth_app PASSWORD :'auth_app';
ALTER ROLE auth_system PASSWORD :'auth_system';
ALTER ROLE billing_owner PASSWORD :'billing_owner';
ALTER ROLE billing_app PASSWORD :'billing_app';
ALTER ROLE billing_system PASSWORD :'billing_system';
ALTER ROLE subscriptions_owner PASSWORD :'subscriptions_owner';
ALTER ROLE subscriptions_app PASSWORD :'subscriptions_app';
ALTER ROLE subscriptions_system PASSWORD :'subscriptions_system';
ALTER ROLE notifications_owner PASSWORD :'notifications_owner';
ALTER ROLE notifications_app PASSWORD :'notifications_app';
ALTER ROLE notifications_system PASSWORD :'notifications_system';

-- B8's reference: 500 events claimed and their effect (a known user), in one statement.
WITH fresh AS MATERIALIZED (SELECT gen_random_uuid() AS event, gen_random_uuid() AS usr FROM generate_series(1, 500)),
claimed AS (INSERT INTO inbox (consumer, event_id) SELECT 'quittance-billing', event FROM fresh)
INSERT INTO users (tenant_id, id, version) SELECT '00000000-0000-7000-8000-000000000001'::uuid, usr, 1 FROM fresh;

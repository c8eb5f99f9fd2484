-- B6's first reference: a relay that publishes nothing.
DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT 500);

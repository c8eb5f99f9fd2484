-- What a person did, beside what was done to them (audit_log_subject): for the copy of their data. Partial: most rows are machines'.
-- migrate:up

CREATE INDEX audit_log_person ON audit_log (tenant_id, actor, id) WHERE actor LIKE 'usr\_%';

-- Erased people, for the sweep that forgets the Telegram accounts of those who are out of the channels.
-- migrate:up

CREATE INDEX users_erased ON users (tenant_id, user_id) WHERE status = 'erased';

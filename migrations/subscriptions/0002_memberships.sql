-- Membership of Telegram channels, and what the bot received and has to say.
-- Invariant: Telegram's ids of people and chats are stored sealed, with a keyed blind index where they are looked up; never in events.
-- migrate:up

CREATE TABLE memberships (
  tenant_id       uuid NOT NULL,
  id              uuid NOT NULL,
  user_id         uuid NOT NULL,
  channel         text NOT NULL,
  state           text NOT NULL CHECK (state IN ('none', 'invited', 'requested', 'member', 'removing', 'removed', 'left_by_user', 'blocked_config', 'failed')),
  desired         boolean NOT NULL,
  inside          boolean NOT NULL,
  invite_link     text NOT NULL,
  invite_expires  timestamptz,
  stale_link      text NOT NULL,
  invites         integer NOT NULL,
  last_error      text NOT NULL,
  waiting_since   timestamptz,
  version         bigint NOT NULL,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  chat            bytea,
  chat_index      bytea,
  account         bytea,
  account_index   bytea,
  next_attempt_at timestamptz,
  lease_until     timestamptz,
  attempt         bigint NOT NULL DEFAULT 0,
  tries           integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, user_id, channel),
  CHECK ((state = 'invited') <= (invite_link <> '')),
  CHECK (state <> 'removing' OR waiting_since IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX memberships_due ON memberships (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX memberships_account ON memberships (tenant_id, account_index) WHERE account_index IS NOT NULL;
CREATE INDEX memberships_chat ON memberships (tenant_id, chat_index) WHERE chat_index IS NOT NULL;
SELECT quittance_protect('memberships', 'user_id');

-- Which Telegram account is whose: one each way.
CREATE TABLE telegram_accounts (
  tenant_id     uuid NOT NULL,
  user_id       uuid NOT NULL,
  account       bytea NOT NULL,
  account_index bytea NOT NULL,
  linked_at     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  UNIQUE (tenant_id, account_index)
);
SELECT quittance_protect('telegram_accounts', 'user_id');

-- Start links: only the hash, single use.
CREATE TABLE telegram_link_tokens (
  tenant_id  uuid NOT NULL,
  token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  user_id    uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  PRIMARY KEY (tenant_id, token_hash)
);
CREATE INDEX telegram_link_tokens_expires_at ON telegram_link_tokens (expires_at);
SELECT quittance_protect('telegram_link_tokens', 'user_id');

-- Updates that were taken in: nothing of their content is kept here, what they say is applied in the same transaction.
CREATE TABLE telegram_updates (
  tenant_id   uuid NOT NULL,
  update_id   bigint NOT NULL,
  kind        text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, update_id)
);
CREATE INDEX telegram_updates_received_at ON telegram_updates (received_at);
SELECT quittance_protect('telegram_updates');

-- Join requests that wait for an answer; gone when answered.
CREATE TABLE telegram_join_requests (
  tenant_id       uuid NOT NULL,
  id              uuid NOT NULL,
  channel         text NOT NULL,
  chat            bytea NOT NULL,
  chat_index      bytea NOT NULL,
  account         bytea NOT NULL,
  account_index   bytea NOT NULL,
  reply_chat      bytea NOT NULL,
  locale          text NOT NULL,
  requested_at    timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  lease_until     timestamptz,
  attempt         bigint NOT NULL DEFAULT 0,
  tries           integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX telegram_join_requests_due ON telegram_join_requests (next_attempt_at);
SELECT quittance_protect('telegram_join_requests');

-- Direct messages that wait to be sent; gone when sent, refused or too old.
CREATE TABLE telegram_messages (
  tenant_id       uuid NOT NULL,
  id              uuid NOT NULL,
  text            text NOT NULL,
  locale          text NOT NULL,
  argument        text NOT NULL,
  chat            bytea NOT NULL,
  expires_at      timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  lease_until     timestamptz,
  attempt         bigint NOT NULL DEFAULT 0,
  tries           integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX telegram_messages_due ON telegram_messages (next_attempt_at);
SELECT quittance_protect('telegram_messages');

-- What is known of a tenant's bot. paused_until is database time: Telegram's retry_after counts real seconds.
CREATE TABLE telegram_bots (
  tenant_id    uuid PRIMARY KEY,
  username     text NOT NULL DEFAULT '',
  paused_until timestamptz
);
SELECT quittance_protect('telegram_bots');

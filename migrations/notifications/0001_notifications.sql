-- Notifications: one row per effect that a person is told of, and what its text needs.
-- Invariants: the dedupe key is unique, so a repeated event tells nobody twice; no address and no name is kept (they are asked for when the
-- mail goes out); the row is the schedule. next_attempt_at and useless_after are business time, lease_until is database time.
-- migrate:up

CREATE TABLE notifications (
  tenant_id       uuid NOT NULL,
  notification_id uuid NOT NULL,
  user_id         uuid NOT NULL,
  channel         text NOT NULL DEFAULT 'email' CHECK (channel IN ('email')),
  template        text NOT NULL CHECK (length(template) BETWEEN 1 AND 64),
  subject         text NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),      -- the id of the thing it tells of
  dedupe_key      text NOT NULL CHECK (length(dedupe_key) BETWEEN 1 AND 200),
  params          text[] NOT NULL,                                            -- name, value, name, value …
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'logged')),
  locale          text NOT NULL DEFAULT '',                                   -- as sent
  attempt         integer NOT NULL DEFAULT 0,                                 -- claims: a completion names the one it belongs to
  tries           integer NOT NULL DEFAULT 0,                                 -- asked of the provider
  last_error      text NOT NULL DEFAULT '',
  next_attempt_at timestamptz NOT NULL,
  lease_until     timestamptz,
  useless_after   timestamptz,
  version         bigint NOT NULL DEFAULT 0,
  traceparent     text NOT NULL,
  created_at      timestamptz NOT NULL,
  sent_at         timestamptz,
  PRIMARY KEY (tenant_id, notification_id),
  UNIQUE (tenant_id, dedupe_key)
) WITH (fillfactor = 80);
CREATE INDEX notifications_due ON notifications (next_attempt_at, notification_id) WHERE state = 'pending';
CREATE INDEX notifications_open ON notifications (tenant_id, subject) WHERE state = 'pending';
CREATE INDEX notifications_created_at ON notifications (created_at) WHERE state <> 'pending';
CREATE INDEX notifications_user ON notifications (tenant_id, user_id, notification_id);
SELECT quittance_protect('notifications', 'user_id');

-- What plans are called, from the events of subscriptions.
CREATE TABLE plan_names (
  tenant_id    uuid NOT NULL,
  code         text NOT NULL,
  display_name text NOT NULL,
  version      bigint NOT NULL,
  PRIMARY KEY (tenant_id, code)
);
SELECT quittance_protect('plan_names');

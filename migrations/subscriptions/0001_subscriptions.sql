-- Plans, periods of access and the subscriptions they come to.
-- Invariant: one period per payment; one subscription per (tenant, user, access); a due row is found by its own indexed column.
-- migrate:up

CREATE TABLE plans (
  tenant_id        uuid NOT NULL,
  id               uuid NOT NULL,
  code             text NOT NULL,
  display_name     text NOT NULL,
  access           text NOT NULL,
  duration_seconds bigint NOT NULL CHECK (duration_seconds BETWEEN 60 AND 3155760000),
  amount_minor     bigint NOT NULL CHECK (amount_minor > 0),
  currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  channels         text[] NOT NULL,
  status           text NOT NULL CHECK (status IN ('active', 'archived')),
  version          bigint NOT NULL,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, code)
);
SELECT quittance_protect('plans');

-- What is known of users without anything personal, from auth's events or asked once.
CREATE TABLE users (
  tenant_id uuid NOT NULL,
  user_id   uuid NOT NULL,
  locale    text NOT NULL,
  status    text NOT NULL CHECK (status IN ('active', 'frozen', 'erased')),
  version   bigint NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
SELECT quittance_protect('users', 'user_id');

-- The highest version of each payment that was acted upon; lower or equal ones are ignored.
CREATE TABLE payment_versions (
  tenant_id  uuid NOT NULL,
  payment_id uuid NOT NULL,
  version    bigint NOT NULL,
  PRIMARY KEY (tenant_id, payment_id)
);
SELECT quittance_protect('payment_versions');

CREATE TABLE subscriptions (
  tenant_id            uuid NOT NULL,
  id                   uuid NOT NULL,
  user_id              uuid NOT NULL,
  access               text NOT NULL,
  plan_code            text NOT NULL,
  status               text NOT NULL CHECK (status IN ('new', 'active', 'expired', 'suspended', 'canceled')),
  current_period_start timestamptz NOT NULL,
  current_period_end   timestamptz NOT NULL,
  suspended_at         timestamptz,
  reminder_at          timestamptz,
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  version              bigint NOT NULL,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, user_id, access),
  CHECK ((status = 'suspended') = (suspended_at IS NOT NULL)),
  CHECK (reminder_at IS NULL OR status = 'active')
) WITH (fillfactor = 85);
CREATE INDEX subscriptions_due_end ON subscriptions (current_period_end) WHERE status = 'active';
CREATE INDEX subscriptions_due_reminder ON subscriptions (reminder_at) WHERE reminder_at IS NOT NULL;
SELECT quittance_protect('subscriptions', 'user_id');

-- The truth: what each payment gives. starts_at and ends_at are where the layout put it.
CREATE TABLE subscription_periods (
  tenant_id        uuid NOT NULL,
  payment_id       uuid NOT NULL,
  subscription_id  uuid NOT NULL,
  user_id          uuid NOT NULL,
  plan_id          uuid NOT NULL,
  plan_code        text NOT NULL,
  succeeded_at     timestamptz NOT NULL,
  duration_seconds bigint NOT NULL CHECK (duration_seconds > 0),
  starts_at        timestamptz NOT NULL,
  ends_at          timestamptz NOT NULL,
  created_at       timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, payment_id),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions,
  CHECK (starts_at <= ends_at)
);
CREATE INDEX subscription_periods_subscription ON subscription_periods (tenant_id, subscription_id);
CREATE INDEX subscription_periods_user ON subscription_periods (tenant_id, user_id);
SELECT quittance_protect('subscription_periods', 'user_id');

-- When a payment gave nothing: held by a dispute, or revoked because the money went back.
CREATE TABLE subscription_period_stops (
  tenant_id  uuid NOT NULL,
  payment_id uuid NOT NULL,
  ordinal    integer NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('held', 'revoked')),
  from_time  timestamptz NOT NULL,
  until_time timestamptz,
  PRIMARY KEY (tenant_id, payment_id, ordinal),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES subscription_periods,
  CHECK (until_time IS NULL OR from_time <= until_time)
);
CREATE UNIQUE INDEX subscription_period_stops_open ON subscription_period_stops (tenant_id, payment_id, kind) WHERE until_time IS NULL;
SELECT quittance_protect('subscription_period_stops');

-- Reminders that were sent: one for each end of a subscription, for ever.
CREATE TABLE subscription_reminders (
  tenant_id       uuid NOT NULL,
  subscription_id uuid NOT NULL,
  period_end      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, subscription_id, period_end)
);
SELECT quittance_protect('subscription_reminders');

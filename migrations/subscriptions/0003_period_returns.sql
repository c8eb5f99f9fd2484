-- Money that went back in part, and the time that went with it (policy.partial_refund).
-- Invariant: append only; the row with the highest ordinal is what counts from its from_time on.
-- migrate:up

CREATE TABLE subscription_period_returns (
  tenant_id      uuid NOT NULL,
  payment_id     uuid NOT NULL,
  ordinal        integer NOT NULL,
  from_time      timestamptz NOT NULL,
  returned_minor bigint NOT NULL CHECK (returned_minor >= 0),
  cut_seconds    bigint NOT NULL CHECK (cut_seconds >= 0),
  PRIMARY KEY (tenant_id, payment_id, ordinal),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES subscription_periods
);
SELECT quittance_protect('subscription_period_returns');

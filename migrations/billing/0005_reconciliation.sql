-- Reconciliation with the PSPs' own lists: when each connection is due, what each run found, what did not agree.
-- migrate:up

CREATE TABLE reconciliation_schedule (
  tenant_id   uuid NOT NULL,
  connection  text NOT NULL,
  -- Business time: the next look at the last days, and the next at the last weeks.
  hourly_at   timestamptz NOT NULL,
  nightly_at  timestamptz NOT NULL,
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (tenant_id, connection)
);
CREATE INDEX reconciliation_schedule_due ON reconciliation_schedule (hourly_at);
SELECT quittance_protect('reconciliation_schedule');

CREATE TABLE reconciliation_runs (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  connection  text NOT NULL,
  begin_time  timestamptz NOT NULL,
  end_time    timestamptz NOT NULL,
  complete    boolean NOT NULL,
  listed      integer NOT NULL,
  healed      integer NOT NULL,
  open        integer NOT NULL,
  run_time    timestamptz NOT NULL,
  actor       text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX reconciliation_runs_age ON reconciliation_runs (run_time);
SELECT quittance_protect('reconciliation_runs');

CREATE TABLE discrepancies (
  tenant_id     uuid NOT NULL,
  id            uuid NOT NULL,
  connection    text NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('unknown_here', 'missing_at_psp', 'conflicted')),
  psp_reference text NOT NULL,
  payment_id    uuid,
  amount_minor  bigint NOT NULL,
  currency      text NOT NULL,
  state         text NOT NULL CHECK (state IN ('OPEN', 'HEALED', 'RESOLVED')),
  resolved_by   text NOT NULL DEFAULT '',
  resolution    text NOT NULL DEFAULT '',
  first_time    timestamptz NOT NULL,
  last_time     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, connection, kind, psp_reference)
);
CREATE INDEX discrepancies_open ON discrepancies (first_time) WHERE state = 'OPEN';
SELECT quittance_protect('discrepancies');

-- What was paid in a period, for the runs.
CREATE INDEX payments_succeeded ON payments (tenant_id, succeed_time) WHERE succeed_time IS NOT NULL;

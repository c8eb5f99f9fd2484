-- Limits on sign-in, shared by all replicas, and the devices that a person has logged in from.
-- Invariants: a bucket is a keyed hash (of an address that somebody typed, a client address, a device), kept for names that exist and names
-- that do not; times are business time.
-- migrate:up

CREATE TABLE login_throttles (
  tenant_id uuid NOT NULL REFERENCES tenants,
  bucket    bytea NOT NULL CHECK (octet_length(bucket) = 32),
  failures  integer NOT NULL CHECK (failures >= 0),
  open_at   timestamptz NOT NULL,  -- before this nothing is tried
  forget_at timestamptz NOT NULL,  -- from here on it starts again
  PRIMARY KEY (tenant_id, bucket)
);
CREATE INDEX login_throttles_forget_at ON login_throttles (forget_at);
SELECT quittance_protect('login_throttles');

CREATE TABLE devices (
  tenant_id   uuid NOT NULL,
  device_id   uuid NOT NULL,
  user_id     uuid NOT NULL,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  created_at  timestamptz NOT NULL,
  seen_at     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, device_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE INDEX devices_user ON devices (tenant_id, user_id, seen_at);
CREATE INDEX devices_seen_at ON devices (seen_at);
SELECT quittance_protect('devices', 'user_id');

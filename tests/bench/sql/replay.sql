-- B4's reference: the stored answer by its primary key.
\set n random(0, :keys - 1)
SELECT reply FROM idempotency_keys WHERE tenant_id = :tenant AND principal = :principal AND method = 'quittance.billing.v1.BillingService.CreatePaymentIntent' AND key = '{run}-' || :n::int;

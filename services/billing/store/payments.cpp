// SQL of payments. Every statement takes sets, so that one payment and a batch of them go the same way.
#include "services/billing/store/payments.h"

#include <algorithm>
#include <tuple>

#include "services/billing/store/attempts.h"

namespace quittance::billing::store {
namespace {

constexpr std::string_view kColumns =
    "p.tenant_id, p.id, p.user_id, p.purpose_kind, p.purpose, p.amount_minor, p.currency, p.status, p.detail, p.captured_minor, "
    "p.refunded_minor, "
    "p.disputed_minor, p.surplus_minor, p.metadata_keys, p.metadata_values, p.expire_time, p.succeed_time, p.fail_time, p.version, "
    "p.create_time, "
    "p.update_time, p.fraud_warning";

Payment Read(const db::Row& row) {
  const auto currency = Currency::Parse(row.Text("currency"));
  CHECK(currency);
  Payment payment{.id = row.Get<PaymentId>("id"),
                  .tenant = row.Get<TenantId>("tenant_id"),
                  .user = row.Get<UserId>("user_id"),
                  .purpose = {PurposeKindNamed(row.Text("purpose_kind")), row.Get<std::string>("purpose")},
                  .amount = {row.Get<std::int64_t>("amount_minor"), *currency},
                  .status = StatusNamed(row.Text("status")),
                  .detail = DetailNamed(row.Text("detail")),
                  .amounts = {row.Get<std::int64_t>("captured_minor"), row.Get<std::int64_t>("refunded_minor"),
                              row.Get<std::int64_t>("disputed_minor"), row.Get<std::int64_t>("surplus_minor")},
                  .attempts = {},
                  .metadata = {},
                  .expire_time = row.Get<TimePoint>("expire_time"),
                  .succeed_time = row.Find<TimePoint>("succeed_time"),
                  .fail_time = row.Find<TimePoint>("fail_time"),
                  .fraud_warning = row.Get<bool>("fraud_warning"),
                  .version = row.Get<std::int64_t>("version"),
                  .create_time = row.Get<TimePoint>("create_time"),
                  .update_time = row.Get<TimePoint>("update_time")};
  const auto keys = row.Get<std::vector<std::string>>("metadata_keys");
  const auto values = row.Get<std::vector<std::string>>("metadata_values");
  CHECK(keys.size() == values.size());
  for (std::size_t i = 0; i < keys.size(); ++i) payment.metadata.emplace_back(keys[i], values[i]);
  return payment;
}

void AddAttempts(db::Tx& tx, std::map<PaymentKey, Payment>& payments) {
  std::set<PaymentKey> keys;
  for (const auto& [key, payment] : payments) keys.insert(key);
  for (auto& [key, attempts] : FindAttempts(tx, keys)) payments.at(key).attempts = std::move(attempts);
}

std::string TenantArray(const std::set<PaymentKey>& keys) {
  return db::ArrayOf(keys, [](const PaymentKey& key) { return key.tenant; });
}
std::string IdArray(const std::set<PaymentKey>& keys) {
  return db::ArrayOf(keys, [](const PaymentKey& key) { return key.id; });
}

std::map<PaymentKey, Payment> Load(db::Tx& tx, const std::set<PaymentKey>& keys, std::string_view locking) {
  std::map<PaymentKey, Payment> payments;
  if (keys.empty()) return payments;
  const auto sql =
      "SELECT " + std::string(kColumns) +
      " FROM payments p WHERE (p.tenant_id, p.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY p.tenant_id, p.id" +
      std::string(locking);
  for (const auto& row : tx.Exec(sql, TenantArray(keys), IdArray(keys))) {
    auto payment = Read(row);
    const PaymentKey key{payment.tenant, payment.id};
    payments.emplace(key, std::move(payment));
  }
  AddAttempts(tx, payments);
  return payments;
}

// One array parameter per column.
template <class Fn>
std::string Column(std::span<const Payment> payments, Fn value) {
  return db::ArrayOf(payments, value);
}

std::string Names(const Payment& payment, bool keys) {
  return db::ArrayOf(payment.metadata, [keys](const auto& pair) { return keys ? pair.first : pair.second; });
}

std::set<PaymentId> InsertRows(db::Tx& tx, std::span<const Payment> payments) {
  const auto rows = tx.Exec(
      "INSERT INTO payments (tenant_id, id, user_id, purpose_kind, purpose, amount_minor, currency, status, detail, metadata_keys, "
      "metadata_values, expire_time, expire_check_at, version, create_time, update_time) SELECT tenant_id, id, user_id, purpose_kind, "
      "purpose, amount_minor, currency, status, detail, keys::text[], vals::text[], expire_time, expire_time, version, create_time, "
      "create_time FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], "
      "$9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::bigint[], $14::timestamptz[]) AS n(tenant_id, id, user_id, "
      "purpose_kind, purpose, amount_minor, currency, status, detail, keys, vals, expire_time, version, create_time) ORDER BY tenant_id, "
      "user_id, purpose_kind, purpose, id ON CONFLICT DO NOTHING RETURNING id",
      Column(payments, [](const Payment& p) { return p.tenant; }), Column(payments, [](const Payment& p) { return p.id; }),
      Column(payments, [](const Payment& p) { return p.user; }), Column(payments, [](const Payment& p) { return Name(p.purpose.kind); }),
      Column(payments, [](const Payment& p) { return p.purpose.value; }),
      Column(payments, [](const Payment& p) { return p.amount.amount_minor; }),
      Column(payments, [](const Payment& p) { return p.amount.currency.code(); }),
      Column(payments, [](const Payment& p) { return Name(p.status); }), Column(payments, [](const Payment& p) { return Name(p.detail); }),
      Column(payments, [](const Payment& p) { return Names(p, true); }), Column(payments, [](const Payment& p) { return Names(p, false); }),
      Column(payments, [](const Payment& p) { return p.expire_time; }), Column(payments, [](const Payment& p) { return p.version; }),
      Column(payments, [](const Payment& p) { return p.create_time; }));
  std::set<PaymentId> ids;
  for (const auto& row : rows) ids.insert(row.Get<PaymentId>("id"));
  return ids;
}

using Purchase = std::tuple<TenantId, UserId, std::string, std::string>;
Purchase PurchaseOf(const Payment& p) { return {p.tenant, p.user, std::string(Name(p.purpose.kind)), p.purpose.value}; }

// Whom an index over purchases knows, in its own words: as a parameter the status would hide it from a plan that is made once for all
// values, and each look would read all payments of the user.
constexpr std::string_view kOpen = "p.status = 'PENDING'";
constexpr std::string_view kPaidOnce = "p.status = 'SUCCEEDED' AND p.purpose_kind <> 'plan'";

// Payments of these purchases that are `standing`, in a snapshot of its own: after the insert has waited for whoever was there.
std::map<Purchase, PaymentId> OfPurchases(db::Tx& tx, std::span<const Payment> payments, std::string_view standing) {
  std::map<Purchase, PaymentId> found;
  if (payments.empty()) return found;
  const auto rows = tx.Exec(
      "SELECT p.id, p.tenant_id, p.user_id, p.purpose_kind, p.purpose FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) "
      "AS n(tenant_id, user_id, purpose_kind, purpose) JOIN payments p USING (tenant_id, user_id, purpose_kind, purpose) WHERE " +
          std::string(standing),
      Column(payments, [](const Payment& p) { return p.tenant; }), Column(payments, [](const Payment& p) { return p.user; }),
      Column(payments, [](const Payment& p) { return Name(p.purpose.kind); }),
      Column(payments, [](const Payment& p) { return p.purpose.value; }));
  for (const auto& row : rows) {
    found[{row.Get<TenantId>("tenant_id"), row.Get<UserId>("user_id"), row.Get<std::string>("purpose_kind"),
           row.Get<std::string>("purpose")}] = row.Get<PaymentId>("id");
  }
  return found;
}

std::vector<Payment> Only(std::span<const Payment> payments, const auto& wanted) {
  std::vector<Payment> chosen;
  std::copy_if(payments.begin(), payments.end(), std::back_inserter(chosen), wanted);
  return chosen;
}

void DeleteRefused(db::Tx& tx, std::span<const Payment> payments) {
  if (payments.empty()) return;
  tx.Exec("DELETE FROM payments WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
          Column(payments, [](const Payment& p) { return p.tenant; }), Column(payments, [](const Payment& p) { return p.id; }));
}

}  // namespace

std::vector<Inserted> InsertPayments(db::Tx& tx, std::span<const Payment> payments,
                                     const std::function<::quittance::events::Event(const Payment&)>& event_of) {
  if (payments.empty()) return {};
  auto in = InsertRows(tx, payments);
  const auto open = OfPurchases(tx, Only(payments, [&](const Payment& p) { return !in.contains(p.id); }), kOpen);
  const auto paid = OfPurchases(tx, Only(payments, [&](const Payment& p) { return p.purpose.once(); }), kPaidOnce);
  DeleteRefused(tx, Only(payments, [&](const Payment& p) { return in.contains(p.id) && paid.contains(PurchaseOf(p)); }));

  std::vector<Inserted> outcome(payments.size());
  std::vector<::quittance::events::Event> events;
  for (std::size_t i = 0; i < payments.size(); ++i) {
    const auto purchase = PurchaseOf(payments[i]);
    if (paid.contains(purchase)) outcome[i].paid = paid.at(purchase);
    if (open.contains(purchase)) outcome[i].open = open.at(purchase);
    outcome[i].inserted = in.contains(payments[i].id) && !outcome[i].paid;
    if (outcome[i].inserted) events.push_back(event_of(payments[i]));
  }
  if (!events.empty()) ::quittance::events::AppendToOutbox(tx, events);
  return outcome;
}

std::map<PaymentKey, Payment> LockPayments(db::Tx& tx, const std::set<PaymentKey>& keys) { return Load(tx, keys, " FOR UPDATE OF p"); }

std::optional<Payment> LockPayment(db::Tx& tx, PaymentKey key) {
  auto found = LockPayments(tx, {key});
  if (found.empty()) return std::nullopt;
  return std::move(found.begin()->second);
}

std::optional<Payment> FindPayment(db::Tx& tx, PaymentKey key) {
  auto found = Load(tx, {key}, "");
  if (found.empty()) return std::nullopt;
  return std::move(found.begin()->second);
}

std::vector<Payment> ListPayments(db::Tx& tx, const PaymentFilter& filter, const PageRequest& page) {
  const auto status = filter.status ? std::optional<std::string>(Name(*filter.status)) : std::nullopt;
  // Two texts: a plan that serves both would read all of a tenant for one user.
  const auto rows = tx.Exec("SELECT " + std::string(kColumns) + " FROM payments p WHERE p.tenant_id = $1 AND " +
                                (filter.user ? "p.user_id = $2::uuid" : "$2::uuid IS NULL") +
                                " AND ($3::text IS NULL OR p.status = $3) "
                                "AND ($4::uuid IS NULL OR p.id < $4) ORDER BY p.id DESC LIMIT $5",
                            filter.tenant, filter.user, status, page.after, page.size);
  std::vector<PaymentKey> order;
  std::map<PaymentKey, Payment> payments;
  for (const auto& row : rows) {
    auto payment = Read(row);
    order.push_back({payment.tenant, payment.id});
    payments.emplace(order.back(), std::move(payment));
  }
  AddAttempts(tx, payments);
  std::vector<Payment> list;
  for (const auto& key : order) list.push_back(std::move(payments.at(key)));
  return list;
}

void UpdatePayments(db::Tx& tx, std::span<const Payment> payments, std::span<const ::quittance::events::Event> events) {
  CHECK(events.size() >= payments.size());
  if (payments.empty()) return;
  tx.Exec(
      "UPDATE payments p SET status = n.status, detail = n.detail, captured_minor = n.captured, refunded_minor = n.refunded, "
      "disputed_minor = n.disputed, surplus_minor = n.surplus, expire_time = n.expire_time, expire_check_at = CASE WHEN n.expire_time = "
      "p.expire_time THEN p.expire_check_at ELSE n.expire_time END, succeed_time = n.succeed_time, fail_time = n.fail_time, version = "
      "n.version, update_time = n.update_time, fraud_warning = n.fraud_warning FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], "
      "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bigint[], "
      "$13::timestamptz[], $14::bool[]) AS n(tenant_id, id, status, detail, captured, refunded, disputed, surplus, expire_time, "
      "succeed_time, fail_time, version, update_time, fraud_warning) WHERE p.tenant_id = n.tenant_id AND p.id = n.id",
      Column(payments, [](const Payment& p) { return p.tenant; }), Column(payments, [](const Payment& p) { return p.id; }),
      Column(payments, [](const Payment& p) { return Name(p.status); }), Column(payments, [](const Payment& p) { return Name(p.detail); }),
      Column(payments, [](const Payment& p) { return p.amounts.captured; }),
      Column(payments, [](const Payment& p) { return p.amounts.refunded; }),
      Column(payments, [](const Payment& p) { return p.amounts.disputed; }),
      Column(payments, [](const Payment& p) { return p.amounts.surplus; }),
      Column(payments, [](const Payment& p) { return p.expire_time; }), Column(payments, [](const Payment& p) { return p.succeed_time; }),
      Column(payments, [](const Payment& p) { return p.fail_time; }), Column(payments, [](const Payment& p) { return p.version; }),
      Column(payments, [](const Payment& p) { return p.update_time; }), Column(payments, [](const Payment& p) { return p.fraud_warning; }));
  ::quittance::events::AppendToOutbox(tx, events);
}

// One statement for each index that knows the purpose, since a user may have any number of payments: what is open, what was paid once, and
// what was paid of a plan, which may be many and is asked for only when a plan's late money comes.
std::vector<Sibling> LockSiblings(db::Tx& tx, const Payment& payment) {
  std::vector<Sibling> siblings;
  const auto rows = tx.Exec(
      "WITH open AS MATERIALIZED (SELECT status, create_time FROM payments WHERE tenant_id = $1 AND user_id = $2 AND purpose_kind = $3 AND "
      "purpose = $4 AND status = 'PENDING' AND id <> $5 FOR UPDATE), once AS MATERIALIZED (SELECT status, create_time FROM payments WHERE "
      "tenant_id = $1 AND user_id = $2 AND purpose_kind = $3 AND purpose = $4 AND status = 'SUCCEEDED' AND purpose_kind <> 'plan' AND "
      "id <> $5 FOR UPDATE), plans AS MATERIALIZED (SELECT status, create_time FROM payments WHERE $3 = 'plan' AND tenant_id = $1 AND "
      "user_id = $2 AND purpose_kind = 'plan' AND purpose = $4 AND status = 'SUCCEEDED' AND id <> $5 ORDER BY id FOR UPDATE) "
      "SELECT * FROM open UNION ALL SELECT * FROM once UNION ALL SELECT * FROM plans",
      payment.tenant, payment.user, Name(payment.purpose.kind), payment.purpose.value, payment.id);
  for (const auto& row : rows) siblings.push_back({StatusNamed(row.Text("status")), row.Get<TimePoint>("create_time")});
  return siblings;
}

std::vector<PaymentKey> ClaimExpiring(db::Tx& tx, TimePoint now, TimePoint again_at, std::chrono::seconds lease, int limit) {
  std::vector<PaymentKey> keys;
  const auto rows = tx.Exec(
      "WITH due AS MATERIALIZED (SELECT tenant_id, id FROM payments WHERE status = 'PENDING' AND detail <> 'conflicted' AND "
      "expire_check_at <= $1 "
      "AND lease_until < now() ORDER BY expire_check_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) "
      "UPDATE payments p SET lease_until = now() + make_interval(secs => $3), expire_check_at = $2 FROM due "
      "WHERE p.tenant_id = due.tenant_id AND p.id = due.id RETURNING p.tenant_id, p.id",
      now, again_at, static_cast<std::int64_t>(lease.count()), limit);
  for (const auto& row : rows) keys.push_back({row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("id")});
  return keys;
}

std::map<PaymentKey, std::int64_t> VersionsOf(db::Tx& tx, const std::set<PaymentKey>& keys) {
  std::map<PaymentKey, std::int64_t> versions;
  const auto rows =
      tx.Exec("SELECT tenant_id, id, version FROM payments WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
              TenantArray(keys), IdArray(keys));
  for (const auto& row : rows) versions[{row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("id")}] = row.Get<std::int64_t>("version");
  return versions;
}

void SetExpireCheck(db::Tx& tx, PaymentKey key, TimePoint at) {
  tx.Exec("UPDATE payments SET expire_check_at = $3 WHERE tenant_id = $1 AND id = $2", key.tenant, key.id, at);
}

Payers UnsettledPayers(db::Tx& tx, TenantId tenant, std::span<const UserId> users, std::span<const std::string> plans, TimePoint since) {
  const auto user_array = db::ArrayOf(users, [](const UserId& user) { return user; });
  const auto plan_array = db::ArrayOf(plans, [](const std::string& plan) { return plan; });
  Payers payers;
  const auto paid = tx.Exec(
      "SELECT DISTINCT user_id FROM payments WHERE tenant_id = $1 AND user_id = ANY($2::uuid[]) AND purpose_kind = 'plan' AND purpose = "
      "ANY($3::text[]) "
      "AND status = 'SUCCEEDED' AND succeed_time >= $4",
      tenant, user_array, plan_array, since);
  for (const auto& row : paid) payers.paid.push_back(row.Get<UserId>("user_id"));
  const auto unsettled = tx.Exec(
      "SELECT DISTINCT p.user_id FROM payments p JOIN payment_attempts a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id "
      "WHERE p.tenant_id = $1 AND p.user_id = ANY($2::uuid[]) AND p.purpose_kind = 'plan' AND p.purpose = ANY($3::text[]) "
      "AND p.status = 'PENDING' AND (a.unknown OR a.status = 'processing')",
      tenant, user_array, plan_array);
  for (const auto& row : unsettled) payers.unsettled.push_back(row.Get<UserId>("user_id"));
  return payers;
}

}  // namespace quittance::billing::store

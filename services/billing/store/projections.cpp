// SQL of projections.
#include "services/billing/store/projections.h"

namespace quittance::billing::store {

void PutOffer(db::Tx& tx, TenantId tenant, PurposeKind kind, const Offer& offer) {
  tx.Exec(
      "INSERT INTO offers (tenant_id, kind, code, offer_id, price_minor, currency, active, version) VALUES ($1, $2, $3, $4, $5, $6, $7, "
      "$8) ON CONFLICT (tenant_id, kind, code) DO UPDATE SET offer_id = excluded.offer_id, price_minor = excluded.price_minor, currency = "
      "excluded.currency, active = excluded.active, version = excluded.version WHERE offers.version < excluded.version",
      tenant, Name(kind), offer.code, offer.id, offer.price.amount_minor, offer.price.currency.code(), offer.active, offer.version);
}

void PutUsers(db::Tx& tx, std::span<const std::pair<UserKey, std::int64_t>> versions) {
  tx.Exec(
      "INSERT INTO users (tenant_id, id, version) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) ON CONFLICT (tenant_id, id) "
      "DO UPDATE SET version = excluded.version WHERE users.version < excluded.version",
      db::ArrayOf(versions, [](const auto& each) { return each.first.tenant; }),
      db::ArrayOf(versions, [](const auto& each) { return each.first.user; }),
      db::ArrayOf(versions, [](const auto& each) { return each.second; }));
}

std::map<OfferKey, Offer> FindOffers(db::Tx& tx, const std::set<OfferKey>& keys) {
  std::map<OfferKey, Offer> offers;
  if (keys.empty()) return offers;
  const auto rows = tx.Exec(
      "SELECT o.tenant_id, o.code, o.offer_id, o.price_minor, o.currency, o.active, o.version FROM unnest($1::uuid[], $2::text[]) AS "
      "n(tenant_id, code) "
      "JOIN offers o ON o.tenant_id = n.tenant_id AND o.kind = 'plan' AND o.code = n.code",
      db::ArrayOf(keys, [](const OfferKey& key) { return key.tenant; }), db::ArrayOf(keys, [](const OfferKey& key) { return key.code; }));
  for (const auto& row : rows) {
    const auto currency = Currency::Parse(row.Text("currency"));
    CHECK(currency);
    offers.emplace(
        OfferKey{row.Get<TenantId>("tenant_id"), row.Get<std::string>("code")},
        Offer{row.Get<std::string>("code"), row.Get<std::string>("offer_id"), Money{row.Get<std::int64_t>("price_minor"), *currency},
              row.Get<bool>("active"), row.Get<std::int64_t>("version")});
  }
  return offers;
}

std::set<UserKey> KnownUsers(db::Tx& tx, const std::set<UserKey>& keys) {
  std::set<UserKey> known;
  if (keys.empty()) return known;
  const auto rows = tx.Exec("SELECT tenant_id, id FROM users WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
                            db::ArrayOf(keys, [](const UserKey& key) { return key.tenant; }),
                            db::ArrayOf(keys, [](const UserKey& key) { return key.user; }));
  for (const auto& row : rows) known.insert({row.Get<TenantId>("tenant_id"), row.Get<UserId>("id")});
  return known;
}

}  // namespace quittance::billing::store

// What billing keeps of the others' events: what is sold, and who exists. Invariant: a version not above the one that is here changes
// nothing.
#pragma once

#include <map>
#include <set>
#include <span>

#include "common/db/tx.h"
#include "services/billing/domain/intent.h"

namespace quittance::billing::store {

void PutOffer(db::Tx& tx, TenantId tenant, PurposeKind kind, const Offer& offer);

struct OfferKey {
  TenantId tenant;
  std::string code;

  auto operator<=>(const OfferKey&) const = default;
};
// Plans by code.
std::map<OfferKey, Offer> FindOffers(db::Tx& tx, const std::set<OfferKey>& keys);

struct UserKey {
  TenantId tenant;
  UserId user;

  auto operator<=>(const UserKey&) const = default;
};
// No user may come twice.
void PutUsers(db::Tx& tx, std::span<const std::pair<UserKey, std::int64_t>> versions);
inline void PutUser(db::Tx& tx, TenantId tenant, UserId user, std::int64_t version) {
  const std::pair<UserKey, std::int64_t> one{{tenant, user}, version};
  PutUsers(tx, std::span(&one, 1));
}
std::set<UserKey> KnownUsers(db::Tx& tx, const std::set<UserKey>& keys);

}  // namespace quittance::billing::store

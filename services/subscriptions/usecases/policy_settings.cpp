// See policy_settings.h.
#include "services/subscriptions/usecases/policy_settings.h"

#include "common/settings/read.h"

namespace quittance::subscriptions {
namespace {

std::optional<std::string> CheckPartialRefund(std::string_view value) {
  return value == "keep" || value == "shorten" ? std::nullopt : std::optional<std::string>("must be keep or shorten");
}

std::optional<std::string> CheckDispute(std::string_view value) {
  return value == "suspend" || value == "keep" ? std::nullopt : std::optional<std::string>("must be suspend or keep");
}

}  // namespace

std::vector<settings::Key> PolicySettings() {
  return {
      {std::string(kPartialRefund), false, "keep (default) or shorten: a partial refund takes its share of the time that is left.",
       CheckPartialRefund},
      {std::string(kDispute), false, "suspend (default) or keep: what an open dispute does to access.", CheckDispute},
  };
}

Policy PolicyFor(Deps& deps, db::Tx& tx, const PaymentNews& news) {
  Policy policy;
  if (news.standing != Standing::kDisputed && news.returned_minor == 0) return policy;
  const auto settings = settings::ReadIn(tx, deps.settings, news.tenant, "policy.");
  policy.partial_refund_shortens = settings.Get(kPartialRefund) == "shorten";
  policy.dispute_suspends = settings.Get(kDispute) != "keep";
  return policy;
}

}  // namespace quittance::subscriptions

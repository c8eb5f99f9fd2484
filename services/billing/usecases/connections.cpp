// Invariant: nothing is sold through a connection that could not be called.
#include "services/billing/usecases/connections.h"

#include "services/billing/psp/outgoing.h"

namespace quittance::billing {
namespace {

Error NotConfigured(const std::string& name) {
  return Precondition(Reason::kPspNotConfigured, "no such connection is configured for this tenant", {{"connection", name}});
}

std::optional<psp::Connection> Read(const settings::Snapshot& settings, const std::string& name) {
  return psp::ReadConnection([&settings](const std::string& key) { return settings.Find(key); }, name);
}

std::vector<std::string> RouteOf(const settings::Snapshot& settings, const psp::Wanted& wanted) {
  std::vector<std::string> names;
  if (const auto rules = settings.Find("psp.routes")) {
    names = psp::ConnectionsFor(psp::ParseRoutes(*rules).value_or(std::vector<psp::Route>{}), wanted);
  }
  const auto otherwise = settings.Get("psp.default");
  if (names.empty() && !otherwise.empty()) names.push_back(otherwise);
  return names;
}

Result<Chosen> Open(const Deps& deps, const settings::Snapshot& settings, const std::string& name, const psp::Wanted& wanted) {
  auto connection = Read(settings, name);
  if (!connection) return NotConfigured(name);
  const auto* psp = deps.psps.Find(connection->provider);
  if (psp == nullptr) return NotConfigured(name);
  if (auto ready = psp->Ready(*connection); !ready) return ready.error();
  const auto problem = wanted.amount ? psp::AmountProblem(psp->capabilities(), *wanted.amount) : "";
  if (!problem.empty()) return Precondition(Reason::kPspUnsupported, "this PSP does not take the amount", {{"connection", name}});
  return Chosen{std::move(*connection), psp};
}

}  // namespace

Result<Chosen> ChooseConnection(const Deps& deps, const settings::Snapshot& settings, const std::string& named, const psp::Wanted& wanted) {
  auto names = named.empty() ? RouteOf(settings, wanted) : std::vector<std::string>{named};
  if (names.empty()) return Precondition(Reason::kPspNotConfigured, "the tenant has no psp.default");
  std::optional<Error> refusal;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto chosen = Open(deps, settings, names[i], named.empty() ? wanted : psp::Wanted{});
    if (!chosen) {
      if (!refusal) refusal = chosen.error();
      continue;
    }
    chosen->fallbacks.assign(names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end());
    return chosen;
  }
  return *refusal;
}

Task<Result<Chosen>> ConnectionOf(Deps& deps, TenantId tenant, std::string name) {
  const auto settings = co_await deps.settings.For(tenant);
  co_return ChooseConnection(deps, *settings, name);
}

}  // namespace quittance::billing

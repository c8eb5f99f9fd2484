// Invariant: nothing is sold through a connection that could not be called.
#include "services/billing/usecases/connections.h"

namespace quittance::billing {
namespace {

Error NotConfigured(const std::string& name) {
  return Precondition(Reason::kPspNotConfigured, "no such connection is configured for this tenant", {{"connection", name}});
}

std::optional<psp::Connection> Read(const settings::Snapshot& settings, const std::string& name) {
  return psp::ReadConnection([&settings](const std::string& key) { return settings.Find(key); }, name);
}

}  // namespace

Result<Chosen> ChooseConnection(const Deps& deps, const settings::Snapshot& settings, const std::string& named) {
  const auto name = named.empty() ? settings.Get("psp.default") : named;
  if (name.empty()) return Precondition(Reason::kPspNotConfigured, "the tenant has no psp.default");
  auto connection = Read(settings, name);
  if (!connection) return NotConfigured(name);
  const auto* psp = deps.psps.Find(connection->provider);
  if (psp == nullptr) return NotConfigured(name);
  if (auto ready = psp->Ready(*connection); !ready) return ready.error();
  return Chosen{std::move(*connection), psp};
}

Task<Result<Chosen>> ConnectionOf(Deps& deps, TenantId tenant, std::string name) {
  const auto settings = co_await deps.settings.For(tenant);
  co_return ChooseConnection(deps, *settings, name);
}

}  // namespace quittance::billing

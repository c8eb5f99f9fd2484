// From a tenant's settings to a PSP that can be called.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/psp/routes.h"

namespace quittance::billing {

struct Chosen {
  psp::Connection connection;
  const psp::Psp* psp = nullptr;
  std::vector<std::string> fallbacks = {};  // connections that are tried when this one refuses cleanly
  std::optional<PaymentMethodId> method = {};
  Secret method_token = {};  // of a stored payment method; empty: the payer chooses at the PSP
};

// The named connection; else the first of its route (psp.routes) that is ready and takes the amount; else the tenant's default.
// PSP_NOT_CONFIGURED when it is not there or lacks something.
Result<Chosen> ChooseConnection(const Deps& deps, const settings::Snapshot& settings, const std::string& named,
                                const psp::Wanted& wanted = {});

// The connection of an attempt that exists; the settings may have lost it since.
Task<Result<Chosen>> ConnectionOf(Deps& deps, TenantId tenant, std::string name);

}  // namespace quittance::billing

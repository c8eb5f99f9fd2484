// The PSPs this house speaks, as one visible table.
#pragma once

#include <memory>

#include "common/core/clock.h"
#include "common/http/client.h"
#include "services/billing/psp/psp.h"

namespace quittance::billing::psp {

struct BaseUrls {
  std::string stripe;
  std::string hmac;  // empty: PSP_NOT_CONFIGURED
};

std::unique_ptr<Registry> MakeRegistry(const BaseUrls& urls, http::Client& client, const Clock& clock);

// For the check of the setting psp.*.provider.
const std::vector<std::string>& Providers();

}  // namespace quittance::billing::psp

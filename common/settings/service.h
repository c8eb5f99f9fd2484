// SettingsService over the settings of one process. Invariant: a secret never comes back.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/core/clock.h"
#include "common/rpc/handle.h"
#include "common/settings/settings.h"

namespace quittance::settings {

std::unique_ptr<grpc::Service> MakeSettingsService(Settings& settings, db::Database& db, rpc::Edge& edge, const Clock& clock);

}  // namespace quittance::settings

// `quittance-auth bootstrap`: the first rows of an installation, and the credentials of everybody who needs some, as files.
#pragma once

#include "common/service/run.h"

namespace quittance::auth {

// --out DIR --tenant CODE --display-name NAME [--locale fr|en] [--time-zone ZONE]. Exit 0 also when it was done before; nothing changes
// then.
int RunBootstrap(config::Env& env, const std::vector<std::string>& arguments);

}  // namespace quittance::auth

// The name of the JSON type alone, for headers of codecs.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace quittance::billing::psp {

using Json = nlohmann::json;

}  // namespace quittance::billing::psp

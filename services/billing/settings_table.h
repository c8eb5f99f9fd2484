// The settings that billing knows, each with the rule of its values.
#pragma once

#include "common/settings/settings.h"

namespace quittance::billing {

std::vector<settings::Key> SettingsTable();

}  // namespace quittance::billing

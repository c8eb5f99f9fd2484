// In whose name a mail goes out, and the rules of the settings that say so.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/secret.h"

namespace quittance::notifications {

struct Sender {
  std::string address;  // smtp.from; empty: not set yet
  std::string name;     // smtp.from_name
  std::string user;     // smtp.user
  Secret password;      // smtp.password
};

// The rule that a setting's value breaks, or nullopt.
std::optional<std::string> CheckAddressSetting(std::string_view value);
std::optional<std::string> CheckLineSetting(std::string_view value);
std::optional<std::string> CheckBaseUrlSetting(std::string_view value);

// What stands behind the @.
std::string DomainOf(std::string_view address);

}  // namespace quittance::notifications

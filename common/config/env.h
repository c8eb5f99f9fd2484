// Typed reads of the environment. Invariant: every problem is collected and reported together, naming the variable and the rule, never the
// value. Each secret may come as NAME or as NAME_FILE (a path).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/core/secret.h"

namespace quittance::config {

// One row of the reference (docs/configuration.md is held to these by a test).
struct Variable {
  std::string name;
  std::string type;      // text, url, integer, secret, path, switch, address
  std::string fallback;  // shown; empty with required true
  bool required;
  std::string help;
};

class Env {
 public:
  using Lookup = std::function<std::optional<std::string>(const std::string& name)>;
  explicit Env(Lookup lookup = FromProcess());
  static Lookup FromProcess();

  std::string Text(const std::string& name, const std::string& help, std::optional<std::string> fallback = std::nullopt);
  std::string Url(const std::string& name, const std::string& help, std::optional<std::string> fallback = std::nullopt);
  std::string Address(const std::string& name, const std::string& help, std::optional<std::string> fallback = std::nullopt);  // host:port
  std::int64_t Integer(const std::string& name, const std::string& help, std::int64_t min, std::int64_t max,
                       std::optional<std::int64_t> fallback = std::nullopt);
  bool Switch(const std::string& name, const std::string& help, bool fallback);  // on, off
  std::string OneOf(const std::string& name, const std::string& help, std::vector<std::string> values,
                    std::optional<std::string> fallback = std::nullopt);
  std::filesystem::path Path(const std::string& name, const std::string& help,
                             std::optional<std::string> fallback = std::nullopt);                    // must exist
  quittance::Secret Secret(const std::string& name, const std::string& help, bool required = true);  // NAME or NAME_FILE

  // A rule across variables that is broken.
  void Problem(std::string text) { problems_.push_back(std::move(text)); }

  const std::vector<std::string>& problems() const { return problems_; }
  const std::vector<Variable>& variables() const { return variables_; }

 private:
  std::optional<std::string> Read(const std::string& name, const std::string& type, const std::string& help,
                                  std::optional<std::string> fallback, bool required);
  Lookup lookup_;
  std::vector<std::string> problems_;
  std::vector<Variable> variables_;
};

}  // namespace quittance::config

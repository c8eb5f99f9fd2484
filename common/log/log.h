// JSON logs on stdout: one line per unit of work, written by the edge loops (rpc, event, job, http). Domain and use cases do not log.
// Invariant: fields are values, never formatted text; card-like digits and bearer tokens are masked; nothing outside can break a line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace quittance::log {

enum class Level { kDebug, kInfo, kWarn, kError };

struct Field {
  std::string_view key;
  std::variant<std::string, std::int64_t, double, bool> value;
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(v) {}
  Field(std::string_view k, int v) : key(k), value(std::int64_t{v}) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
};

// Once, by common/service.
void Init(std::string_view service, std::string_view version, Level level);

// {"time":…,"level":…,"service":…,"version":…,"msg":…, fields…}
void Write(Level level, std::string_view message, const std::vector<Field>& fields = {});
inline void Info(std::string_view message, const std::vector<Field>& fields = {}) { Write(Level::kInfo, message, fields); }
inline void Warn(std::string_view message, const std::vector<Field>& fields = {}) { Write(Level::kWarn, message, fields); }
inline void Error(std::string_view message, const std::vector<Field>& fields = {}) { Write(Level::kError, message, fields); }

// What Write prints, for tests.
std::string Render(Level level, std::string_view message, const std::vector<Field>& fields);

}  // namespace quittance::log

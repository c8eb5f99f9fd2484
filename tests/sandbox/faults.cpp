// The body of faults.h; the invariant it keeps stands there.
#include "tests/sandbox/faults.h"

namespace quittance::sandbox {
namespace {

std::optional<std::int64_t> Integer(const nlohmann::json& command, const char* key, std::int64_t fallback, std::int64_t max) {
  const auto found = command.find(key);
  if (found == command.end()) return fallback;
  if (!found->is_number_integer()) return std::nullopt;
  const auto value = found->get<std::int64_t>();
  if (value < 0 || value > max) return std::nullopt;
  return value;
}

bool SetKind(Fault& fault, const std::string& kind) {
  if (kind == "timeout")
    fault.kind = Fault::Kind::kTimeout;
  else if (kind == "reset")
    fault.kind = Fault::Kind::kReset;
  else if (kind == "slow")
    fault.kind = Fault::Kind::kSlow;
  else if (kind == "lost_answer")
    fault.kind = Fault::Kind::kLostAnswer;
  else if (kind == "stored_500" || kind == "made_500") {
    fault.kind = kind == "made_500" ? Fault::Kind::kMadeStatus : Fault::Kind::kStoredStatus;
    fault.status = 500;
  } else if (kind.size() == 3 && (kind[0] == '4' || kind[0] == '5') && kind.find_first_not_of("0123456789") == std::string::npos) {
    fault.kind = Fault::Kind::kStatus;
    fault.status = std::stoi(kind);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::optional<Fault> Faults::Parse(const nlohmann::json& command) {
  const auto kind = command.find("kind");
  const auto count = Integer(command, "count", 1, 1'000'000);
  const auto delay = Integer(command, "delay_ms", 3000, 600'000);
  const auto retry_after = Integer(command, "retry_after", 1, 3600);
  if (!count || !delay || !retry_after) return std::nullopt;
  Fault fault;
  fault.count = static_cast<int>(*count);
  if (fault.count == 0) return fault;
  std::string name;
  if (kind != command.end() && kind->is_string()) name = kind->get<std::string>();
  if (kind != command.end() && kind->is_number_integer()) name = std::to_string(kind->get<int>());
  if (!SetKind(fault, name)) return std::nullopt;
  fault.delay = std::chrono::milliseconds(*delay);
  fault.retry_after = static_cast<int>(*retry_after);
  if (const auto path = command.find("path"); path != command.end() && path->is_string()) fault.path = path->get<std::string>();
  return fault;
}

void Faults::Add(const std::string& target, Fault fault) {
  if (fault.count == 0) {
    waiting_.erase(target);
  } else {
    waiting_[target].push_back(std::move(fault));
  }
}

Fault Faults::Take(const std::string& target, const std::string& path) {
  auto& waiting = waiting_[target];
  for (auto fault = waiting.begin(); fault != waiting.end(); ++fault) {
    if (path.find(fault->path) == std::string::npos) continue;
    const Fault taken = *fault;
    if (--fault->count == 0) waiting.erase(fault);
    return taken;
  }
  return {};
}

}  // namespace quittance::sandbox

// traceparent, version 00: 55 characters, lower case.
#include "common/trace/context.h"

#include "common/crypto/hmac.h"
#include "common/crypto/random.h"

namespace quittance::trace {
namespace {

constexpr std::size_t kLength = 55;
constexpr std::string_view kSampled = "01";

bool IsHex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }
bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

// Each thread draws the bytes of many ids at once, which costs hardly more than those of one.
std::string Draw(std::size_t bytes) {
  constexpr std::size_t kDrawn = 1024;
  thread_local std::string drawn;
  if (drawn.size() < bytes) drawn = crypto::RandomBytes(kDrawn);
  std::string taken = drawn.substr(drawn.size() - bytes);
  drawn.resize(drawn.size() - bytes);
  return taken;
}

// Never all zero: that would mean "no trace".
std::string NewId(std::size_t bytes) {
  std::string id = Draw(bytes);
  id.back() = static_cast<char>(id.back() | 1);
  return crypto::Hex(id);
}

}  // namespace

bool IsTraceparent(std::string_view text) {
  if (text.size() != kLength || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
  const std::string_view trace = text.substr(3, 32);
  const std::string_view span = text.substr(36, 16);
  return IsHex(trace) && IsHex(span) && IsHex(text.substr(53)) && !IsZero(trace) && !IsZero(span);
}

std::string ChildOf(std::string_view parent) {
  const bool known = IsTraceparent(parent);
  const std::string trace = known ? std::string(parent.substr(3, 32)) : NewId(16);
  const std::string_view flags = known ? parent.substr(53) : kSampled;
  return "00-" + trace + "-" + NewId(8) + "-" + std::string(flags);
}

std::string TraceId(std::string_view traceparent) {
  return IsTraceparent(traceparent) ? std::string(traceparent.substr(3, 32)) : std::string();
}

}  // namespace quittance::trace

// What a tenant's settings say, and which keys a service knows. Pure.
#include <algorithm>

#include "common/settings/settings.h"

namespace quittance::settings {
namespace {

constexpr std::size_t kNameMax = 64;

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kNameMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool Matches(std::string_view pattern, std::string_view key) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == key;
  const std::string_view head = pattern.substr(0, star);
  const std::string_view tail = pattern.substr(star + 1);
  return key.size() > head.size() + tail.size() && key.starts_with(head) && key.ends_with(tail) &&
         IsName(key.substr(head.size(), key.size() - head.size() - tail.size()));
}

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

const Key* FindKey(const std::vector<Key>& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Key& row) { return Matches(row.pattern, key); });
  return found == table.end() ? nullptr : &*found;
}

std::optional<std::string> Snapshot::Find(std::string_view key) const {
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

std::string Snapshot::Get(std::string_view key, std::string_view fallback) const {
  const auto found = values.find(key);
  return found == values.end() ? std::string(fallback) : found->second;
}

std::vector<std::string> Snapshot::List(std::string_view key) const {
  std::vector<std::string> parts;
  const auto found = values.find(key);
  std::string_view rest = found == values.end() ? std::string_view() : std::string_view(found->second);
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(",\n"), rest.size());
    const std::string_view part = Trim(rest.substr(0, end));
    if (!part.empty()) parts.emplace_back(part);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return parts;
}

std::map<std::string, std::string> Snapshot::WithPrefix(std::string_view prefix) const {
  std::map<std::string, std::string> found;
  for (auto row = values.lower_bound(prefix); row != values.end() && row->first.starts_with(prefix); ++row) {
    found.emplace(row->first.substr(prefix.size()), row->second);
  }
  return found;
}

}  // namespace quittance::settings

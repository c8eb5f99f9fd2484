// Text on its way to and from PostgreSQL. Invariant: what the server sends in a form we do not expect throws, it is never read half.
#include "common/db/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace quittance::db {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

[[noreturn]] void Undecodable(const char* type) { throw std::runtime_error(std::string("the database's text is no ") + type); }

template <class T>
T Integer(std::string_view text, const char* type) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) Undecodable(type);
  return value;
}

constexpr signed char kNoHex = -1;

constexpr std::array<signed char, 256> HexValues() {
  std::array<signed char, 256> values{};
  values.fill(kNoHex);
  for (std::size_t i = 0; i < kHex.size(); ++i) values[static_cast<unsigned char>(kHex[i])] = static_cast<signed char>(i);
  return values;
}

int HexValue(char c) {
  static constexpr auto kValues = HexValues();
  const int value = kValues[static_cast<unsigned char>(c)];
  if (value == kNoHex) Undecodable("bytea");
  return value;
}

// One element of an array literal from `at`, which moves behind it.
std::string ArrayElement(std::string_view text, std::size_t& at) {
  std::string element;
  if (text[at] != '"') {
    const std::size_t end = text.find_first_of(",}", at);
    if (end == std::string_view::npos) Undecodable("array");
    element = text.substr(at, end - at);
    at = end;
    if (element == "NULL") Undecodable("array without NULL");
    return element;
  }
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
    if (at < text.size()) element.push_back(text[at]);
  }
  if (at >= text.size()) Undecodable("array");
  ++at;
  return element;
}

}  // namespace

Param::Param(TimePoint value) : text_(FormatRfc3339(value)) {}

Param::Param(const Bytes& value) {
  std::string text = "\\x";
  text.reserve(2 + value.data.size() * 2);
  for (const char c : value.data) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 15]);
  }
  text_ = std::move(text);
}

void ArrayLiteral::Add(const Param& element) {
  if (text_.size() > 1) text_.push_back(',');
  if (!element.text()) {
    text_ += "NULL";
    return;
  }
  text_.push_back('"');
  std::string_view rest = *element.text();
  const auto special = [](char c) { return c == '"' || c == '\\'; };
  for (auto at = std::find_if(rest.begin(), rest.end(), special); at != rest.end(); at = std::find_if(rest.begin(), rest.end(), special)) {
    text_.append(rest.begin(), at);
    text_.push_back('\\');
    text_.push_back(*at);
    rest.remove_prefix(static_cast<std::size_t>(at - rest.begin()) + 1);
  }
  text_ += rest;
  text_.push_back('"');
}

std::string ArrayLiteral::Take() && {
  text_.push_back('}');
  return std::move(text_);
}

std::string Array(std::span<const Param> elements) {
  return ArrayOf(elements, [](const Param& element) -> const Param& { return element; });
}

template <>
std::string Decode<std::string>(std::string_view text) {
  return std::string(text);
}

template <>
std::int64_t Decode<std::int64_t>(std::string_view text) {
  return Integer<std::int64_t>(text, "bigint");
}

template <>
int Decode<int>(std::string_view text) {
  return Integer<int>(text, "integer");
}

template <>
bool Decode<bool>(std::string_view text) {
  if (text == "t") return true;
  if (text != "f") Undecodable("boolean");
  return false;
}

template <>
Uuid Decode<Uuid>(std::string_view text) {
  const auto uuid = Uuid::Parse(text);
  if (!uuid) Undecodable("uuid");
  return *uuid;
}

// 2026-11-21 09:30:00.000001+00: the session's time zone is UTC, its date style ISO.
template <>
TimePoint Decode<TimePoint>(std::string_view text) {
  if (!text.ends_with("+00") || text.size() < 14 || text[10] != ' ') Undecodable("timestamptz in UTC");
  std::string rfc3339(text.substr(0, text.size() - 3));
  rfc3339[10] = 'T';
  rfc3339.push_back('Z');
  const auto time = ParseRfc3339(rfc3339);
  if (!time) Undecodable("timestamptz");
  return *time;
}

template <>
Bytes Decode<Bytes>(std::string_view text) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0) Undecodable("bytea");
  Bytes bytes;
  bytes.data.reserve(text.size() / 2 - 1);
  for (std::size_t at = 2; at < text.size(); at += 2)
    bytes.data.push_back(static_cast<char>(HexValue(text[at]) * 16 + HexValue(text[at + 1])));
  return bytes;
}

template <>
std::vector<std::string> Decode<std::vector<std::string>>(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') Undecodable("array");
  std::vector<std::string> elements;
  std::size_t at = 1;
  while (text[at] != '}') {
    elements.push_back(ArrayElement(text, at));
    if (at >= text.size() || (text[at] != ',' && text[at] != '}')) Undecodable("array");
    if (text[at] == ',') ++at;
    if (at >= text.size()) Undecodable("array");
  }
  if (at + 1 != text.size()) Undecodable("array");
  return elements;
}

}  // namespace quittance::db

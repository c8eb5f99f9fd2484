// Values on their way to and from PostgreSQL, in text format. Invariant: free of pqxx, so that a store compiles in a second.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::db {

// bytea
struct Bytes {
  std::string data;
};

// One parameter: SQL NULL or text that the statement's type parses.
class Param {
 public:
  Param(std::nullopt_t) {}
  Param(std::string_view text) : text_(text) {}
  Param(const std::string& text) : text_(text) {}
  Param(const char* text) : text_(text) {}
  Param(bool value) : text_(value ? "t" : "f") {}
  Param(int value) : text_(std::to_string(value)) {}
  Param(std::int64_t value) : text_(std::to_string(value)) {}
  Param(const Uuid& value) : text_(value.Hex()) {}
  template <class Tag>
  Param(const Id<Tag>& value) : text_(value.uuid.Hex()) {}
  Param(TimePoint value);
  Param(const Bytes& value);
  template <class T>
  Param(const std::optional<T>& value) {
    if (value) text_ = Param(*value).text_;
  }

  const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

// A PostgreSQL array literal, any text allowed ('{"a","b",NULL}'); bind it and cast: `unnest($1::text[])`. Fuzzed.
class ArrayLiteral {
 public:
  void Add(const Param& element);
  std::string Take() &&;

 private:
  std::string text_ = "{";
};

std::string Array(std::span<const Param> elements);
template <class Range, class Fn>
std::string ArrayOf(const Range& range, Fn element) {
  ArrayLiteral literal;
  for (const auto& item : range) literal.Add(element(item));
  return std::move(literal).Take();
}

// Decoding of one text value.
template <class T>
T Decode(std::string_view text);
template <>
std::string Decode<std::string>(std::string_view text);
template <>
std::int64_t Decode<std::int64_t>(std::string_view text);
template <>
int Decode<int>(std::string_view text);
template <>
bool Decode<bool>(std::string_view text);
template <>
Uuid Decode<Uuid>(std::string_view text);
template <>
TimePoint Decode<TimePoint>(std::string_view text);
template <>
Bytes Decode<Bytes>(std::string_view text);
template <>
std::vector<std::string> Decode<std::vector<std::string>>(std::string_view text);  // text[]

template <class T>
struct Decoder {
  static T From(std::string_view text) { return Decode<T>(text); }
};
template <class Tag>
struct Decoder<Id<Tag>> {
  static Id<Tag> From(std::string_view text) { return Id<Tag>{Decode<Uuid>(text)}; }
};

}  // namespace quittance::db

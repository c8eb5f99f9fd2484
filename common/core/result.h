// Result<T>: a T or the refusal that explains why there is none. Built implicitly from either, so that `return error;` reads as it means.
// std::expected is C++23 and tl::expected asks for a wrapper at each refusal (docs/adr/0003-own-result.md).
#pragma once

#include <utility>
#include <variant>

#include "common/core/check.h"
#include "common/core/error.h"

namespace quittance {

template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T& value() {
    CheckOk();
    return std::get<0>(state_);
  }
  const T& value() const {
    CheckOk();
    return std::get<0>(state_);
  }
  const Error& error() const {
    CHECK(!ok());
    return std::get<1>(state_);
  }

 private:
  // Whoever took a refusal for a value is told what it was.
  void CheckOk() const {
    if (!ok()) CheckFailed(std::get<1>(state_).message.c_str(), __FILE__, __LINE__);
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

template <class T>
inline constexpr bool kIsResult = false;
template <class T>
inline constexpr bool kIsResult<Result<T>> = true;

}  // namespace quittance

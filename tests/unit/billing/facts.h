// Short ways to make facts and attempts for tests of the fold.
#pragma once

#include <array>

#include "services/billing/domain/fold.h"

namespace quittance::billing::test {

inline AttemptId AttemptNumber(int number) {
  AttemptId id;
  id.uuid.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

inline Money Euros(std::int64_t minor) { return {minor, *Currency::Parse("EUR")}; }

inline Fact MakeFact(FactKind kind, std::string object = "", std::int64_t minor = 0, int attempt = 1, std::string currency = "EUR") {
  Fact fact;
  fact.kind = kind;
  if (kind <= FactKind::kCaptureFailed) fact.attempt = AttemptNumber(attempt);
  fact.connection = "stripe";
  fact.object = std::move(object);
  fact.amount_minor = minor;
  fact.currency = minor == 0 ? "" : std::move(currency);
  fact.event_key = std::string(Name(kind)) + fact.object + std::to_string(minor) + std::to_string(attempt);
  return fact;
}

inline Fact At(Fact fact, std::int64_t seconds) {
  fact.psp_time = FromUnixSeconds(seconds);
  return fact;
}

inline Folded FoldOne(std::initializer_list<Fact> facts, bool unknown = false) {
  const FoldAttempt attempt{AttemptNumber(1), 1, unknown};
  const std::vector<Fact> list(facts);
  return Fold(Euros(1990), std::span(&attempt, 1), list);
}

inline Folded FoldTwo(std::initializer_list<Fact> facts) {
  const std::array<FoldAttempt, 2> attempts = {{{AttemptNumber(1), 1, false}, {AttemptNumber(2), 2, false}}};
  const std::vector<Fact> list(facts);
  return Fold(Euros(1990), attempts, list);
}

inline std::string StateOf(const Folded& folded) { return std::string(Name(folded.status)) + "/" + std::string(Name(folded.detail)); }

}  // namespace quittance::billing::test

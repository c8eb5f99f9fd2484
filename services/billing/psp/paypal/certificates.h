// PayPal's webhook certificates, by the address that a webhook names. Invariant: an address is fetched only if it is PayPal's own (https,
// a host of paypal.com) or the operator's configured one; a certificate is believed only if it is valid, and PayPal's only with its chain.
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "common/crypto/certificate.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::paypal {

class Certificates {
 public:
  explicit Certificates(const Network& network) : network_(network) {}

  enum class Pin { kRefused, kPayPal, kConfigured };
  Pin PinOf(std::string_view url) const;

  // Nothing: it has to be fetched first. Otherwise what the address gave: a certificate, or none that is to be believed.
  struct Known {
    std::optional<crypto::Certificate> certificate;
  };
  std::optional<Known> Find(const std::string& url, TimePoint now) const;
  Task<void> Fetch(std::string url) const;

 private:
  struct Entry {
    std::optional<crypto::Certificate> certificate;
    bool answered = false;  // false: nobody answered, asked again after kAskAgainAfter
    SteadyTime since{};
  };
  bool Fresh(const Entry& entry, TimePoint now) const;
  void Keep(const std::string& url, Entry entry) const;

  const Network& network_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Entry> entries_;
  mutable std::deque<std::string> order_;  // oldest first
};

}  // namespace quittance::billing::psp::paypal

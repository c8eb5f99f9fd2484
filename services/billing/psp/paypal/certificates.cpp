// The body of certificates.h; the invariant it keeps stands there.
#include "services/billing/psp/paypal/certificates.h"

#include <algorithm>

#include "common/core/text.h"

namespace quittance::billing::psp::paypal {
namespace {

constexpr std::string_view kDomain = ".paypal.com";
constexpr std::chrono::hours kKeptFor{24};
constexpr std::chrono::seconds kAskAgainAfter{10};
constexpr std::chrono::milliseconds kFetchTimeout{5000};
constexpr std::size_t kCertificatesMax = 32;
constexpr std::size_t kUrlMax = 512;

bool IsHost(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; });
}

}  // namespace

Certificates::Pin Certificates::PinOf(std::string_view url) const {
  if (url.size() > kUrlMax || !std::all_of(url.begin(), url.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '\\'; }))
    return Pin::kRefused;
  constexpr std::string_view kScheme = "https://";
  if (url.starts_with(kScheme)) {
    const auto rest = url.substr(kScheme.size());
    const auto host = rest.substr(0, rest.find('/'));
    if (host.size() < rest.size() && IsHost(host) && host.ends_with(kDomain)) return Pin::kPayPal;
  }
  const auto own = UrlOrigin(network_.base_url);
  const bool configured = own && !own->ends_with(kDomain) && url.starts_with(*own + "/");
  return configured ? Pin::kConfigured : Pin::kRefused;
}

bool Certificates::Fresh(const Entry& entry, TimePoint now) const {
  const auto age = std::chrono::steady_clock::now() - entry.since;
  if (!entry.answered) return age < kAskAgainAfter;
  if (!entry.certificate) return age < kKeptFor;
  return age < kKeptFor && entry.certificate->ValidAt(now);
}

std::optional<Certificates::Known> Certificates::Find(const std::string& url, TimePoint now) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(url);
  if (entry == entries_.end() || !entry->second.answered || !Fresh(entry->second, now)) return std::nullopt;
  return Known{entry->second.certificate};
}

Task<void> Certificates::Fetch(std::string url) const {
  const TimePoint now = network_.clock.Now();
  const auto pin = PinOf(url);
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(url);
    const bool waits = entry != entries_.end() && Fresh(entry->second, now);
    if (waits || pin == Pin::kRefused) co_return;
  }
  http::Request request;
  request.target = "paypal";
  request.url = url;
  request.timeout = kFetchTimeout;
  const auto outcome = co_await network_.client.Send(std::move(request));
  Entry entry;
  entry.since = std::chrono::steady_clock::now();
  const auto* response = std::get_if<http::Response>(&outcome);
  entry.answered = response != nullptr && response->status == 200;
  if (entry.answered) {
    entry.certificate = crypto::Certificate::ParsePem(response->body);
    const bool paypal = pin == Pin::kPayPal;
    const bool believed = entry.certificate && entry.certificate->ValidAt(now) &&
                          (!paypal || (entry.certificate->TrustedAt(now) && entry.certificate->NamesHostBelow(kDomain)));
    if (!believed) entry.certificate.reset();
  }
  Keep(url, std::move(entry));
}

void Certificates::Keep(const std::string& url, Entry entry) const {
  const std::lock_guard lock(mutex_);
  if (entries_.insert_or_assign(url, std::move(entry)).second) order_.push_back(url);
  while (order_.size() > kCertificatesMax) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
}

}  // namespace quittance::billing::psp::paypal

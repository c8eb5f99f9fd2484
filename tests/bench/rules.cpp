// quittance-bench-rules VERB ROUNDS SECONDS: rules that need no process around them, in turns with the least that could be done instead.
// `verify`: a signed webhook of 1 KiB (B14) beside OpenSSL's HMAC of the same bytes. `fold`: a payment of 1,000 facts (FOLD) beside one
// pass. Invariant: every answer counts only when it is the right one; what must be refused is tried after each round.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "common/crypto/hmac.h"
#include "services/billing/domain/fold.h"
#include "services/billing/psp/hmac/codec.h"

namespace quittance::bench {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kSlices = 20;  // of a round: reference and ours take turns often, so that a slow moment meets both
constexpr int kLook = 8;     // operations between two looks at the clock

void Must(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

struct Rate {
  double operations = 0;
  double seconds = 0;
  double per_second() const { return operations / seconds; }
};

// Runs `once` for so long; every run must say true.
template <class Fn>
void Spend(Rate& rate, double seconds, const Fn& once) {
  const auto begin = Clock::now();
  double spent = 0;
  while (spent < seconds) {
    bool right = true;
    for (int i = 0; i < kLook; ++i) right &= once();
    Must(right, "a wrong answer");
    rate.operations += kLook;
    spent = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  rate.seconds += spent;
}

// Keeps what the compiler would find useless.
void Keep(const void* value) { asm volatile("" : : "g"(value) : "memory"); }

// OpenSSL's HMAC with nothing around it: algorithm and digest are chosen once.
class BareHmac {
 public:
  BareHmac() : hmac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free), context_(EVP_MAC_CTX_new(hmac_.get()), EVP_MAC_CTX_free) {
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
    Must(EVP_MAC_CTX_set_params(context_.get(), params) == 1, "no HMAC-SHA256");
  }

  // An empty key: the one before, as `openssl speed` measures; no server of many tenants can.
  crypto::Digest Of(std::string_view key, std::string_view data) {
    const auto* key_bytes = key.empty() ? nullptr : reinterpret_cast<const unsigned char*>(key.data());
    crypto::Digest digest{};
    std::size_t length = 0;
    Must(EVP_MAC_init(context_.get(), key_bytes, key.size(), nullptr) == 1 &&
             EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1 &&
             EVP_MAC_final(context_.get(), digest.data(), &length, digest.size()) == 1,
         "HMAC-SHA256 failed");
    return digest;
  }

 private:
  std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac_;
  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_;
};

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::size_t kBodyBytes = 1024;
const std::string kSecret = "6f1d0e8c5b7a49321f0e8d7c6b5a49382716050493827160f1e2d3c4b5a69788";

std::string Body() {
  std::string body =
      R"({"id":"evt_0190a0b1c2d37e4f8a9b0c1d2e3f4a5b","type":"payment.succeeded","created":1700000000,)"
      R"("payment_id":"pay_0190a0b1c2d37e4f8a9b0c1d2e3f4a5b","reference":"hp_1","amount_minor":1990,"currency":"EUR","note":")";
  body.append(kBodyBytes - body.size() - 2, 'x');
  return body + "\"}";
}

// As the ingress hands it on: all headers of the request, the signature among them.
billing::psp::RawWebhook Webhook(const std::string& body, const std::string& time, const crypto::Digest& mac) {
  return {{{"Host", "hooks.example"},
           {"User-Agent", "psp-webhooks/2.1"},
           {"Accept", "*/*"},
           {"Content-Type", "application/json"},
           {"Content-Length", std::to_string(body.size())},
           {"X-Request-Id", "0190a0b1c2d37e4f8a9b0c1d2e3f4a5b"},
           {"X-Timestamp", time},
           {"X-Signature", "v1=" + crypto::Hex(mac)}},
          body};
}

billing::psp::Connection Account() {
  const std::map<std::string, std::string> settings = {{"psp.hmac.provider", "hmac"}, {"psp.hmac.webhook_secrets", kSecret}};
  const auto find = [&](const std::string& key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::nullopt : std::optional(found->second);
  };
  return *billing::psp::ReadConnection(find, "hmac");
}

Json Verify(int rounds, double seconds) {
  using billing::psp::Rejection;
  const std::string body = Body(), time = std::to_string(kNow), message = time + "." + body;
  BareHmac bare;
  const crypto::Digest mac = bare.Of(kSecret, message);
  const auto webhook = Webhook(body, time, mac);
  const auto account = Account();
  const TimePoint now = FromUnixSeconds(kNow + 3);
  Json report;
  for (int round = 0; round < rounds; ++round) {
    Rate ours, keyed, once;
    for (int slice = 0; slice < kSlices; ++slice) {
      Spend(keyed, seconds / kSlices, [&] { return bare.Of(kSecret, message) == mac; });
      Spend(ours, seconds / kSlices, [&] { return !billing::psp::hmac::Verify(account, webhook, now); });
      Spend(once, seconds / kSlices, [&] { return bare.Of("", message) == mac; });
    }
    auto other = webhook;
    other.body[512] ^= 1;
    Must(billing::psp::hmac::Verify(account, other, now) == Rejection::kSignatureWrong, "another body was believed");
    Must(billing::psp::hmac::Verify(account, webhook, now + std::chrono::minutes(6)) == Rejection::kTimestampOutside,
         "an old one was believed");
    report["ours"].push_back(ours.per_second());
    report["reference"].push_back(keyed.per_second());
    report["keyed_once"].push_back(once.per_second());
  }
  return report;
}

constexpr int kFacts = 1000;
constexpr std::int64_t kAmount = 1990;

struct Story {
  std::vector<billing::FoldAttempt> attempts;
  std::vector<billing::Fact> facts;
  std::int64_t refunded = 0;
};

// A payment with a long history: `attempts` that were declined but the last, its capture, then a refund of one cent after the other.
Story Tell(int attempts) {
  using billing::FactKind;
  Story story;
  const auto add = [&](FactKind kind, std::string object, std::int64_t minor) {
    billing::Fact fact{kind, std::nullopt, "hmac", "evt_" + std::to_string(story.facts.size()), std::move(object), minor, "EUR", {}, ""};
    if (kind <= FactKind::kCaptureFailed) fact.attempt = story.attempts.back().id;
    story.facts.push_back(std::move(fact));
  };
  for (int number = 1; number <= attempts; ++number) {
    billing::AttemptId id;
    id.uuid.bytes[0] = 1, id.uuid.bytes[14] = static_cast<std::uint8_t>(number >> 8), id.uuid.bytes[15] = static_cast<std::uint8_t>(number);
    story.attempts.push_back({id, number, false});
    const std::string reference = "hp_0190a0b1c2d37e4f_" + std::to_string(number);
    add(FactKind::kRequiresAction, reference, 0);
    add(FactKind::kProcessing, reference, 0);
    if (number < attempts) add(FactKind::kDeclined, reference, 0);
    if (number == attempts) add(FactKind::kCaptured, reference, kAmount);
  }
  for (int refund = 0; story.facts.size() + 2 <= kFacts; ++refund, ++story.refunded) {
    const std::string object = "ref_0190a0b1c2d37e4f8a9b0c1d2e3f_" + std::to_string(refund);
    add(FactKind::kRefundPending, object, 1);
    add(FactKind::kRefundSucceeded, object, 1);
  }
  while (story.facts.size() < kFacts) add(FactKind::kProcessing, "hp_0190a0b1c2d37e4f", 0);
  std::shuffle(story.facts.begin(), story.facts.end(), std::minstd_rand(1));
  return story;
}

bool Right(const billing::Folded& folded, const Story& story) {
  return folded.status == billing::Status::kSucceeded && folded.detail == billing::Detail::kPartiallyRefunded &&
         folded.amounts.captured == kAmount && folded.amounts.refunded == story.refunded &&
         folded.attempts.size() == story.attempts.size() && folded.refunds.size() == static_cast<std::size_t>(story.refunded);
}

// Reads every fact once: what no fold can do without.
std::int64_t Pass(const std::vector<billing::Fact>& facts) {
  std::int64_t sum = 0;
  for (const auto& fact : facts)
    sum += fact.amount_minor * static_cast<std::int64_t>(fact.kind) + static_cast<std::int64_t>(fact.object.size());
  return sum;
}

Json Fold(int rounds, double seconds, int attempts) {
  Story story = Tell(attempts);
  const Money amount{kAmount, *Currency::Parse("EUR")};
  const std::int64_t sum = Pass(story.facts);
  std::minstd_rand random(2);
  Json report;
  for (int round = 0; round < rounds; ++round) {
    Rate ours, pass;
    for (int slice = 0; slice < kSlices; ++slice) {
      Spend(pass, seconds / kSlices, [&] {
        Keep(story.facts.data());
        return Pass(story.facts) == sum;
      });
      Spend(ours, seconds / kSlices, [&] { return Right(billing::Fold(amount, story.attempts, story.facts), story); });
    }
    std::shuffle(story.facts.begin(), story.facts.end(), random);
    Must(Right(billing::Fold(amount, story.attempts, story.facts), story), "another order gives another answer");
    report["ours"].push_back(ours.per_second());
    report["reference"].push_back(pass.per_second());
  }
  return report;
}

}  // namespace
}  // namespace quittance::bench

int main(int argc, char** argv) {
  const std::string verb = argc > 3 ? argv[1] : "";
  if (verb != "verify" && verb != "fold") {
    std::cerr << "usage: quittance-bench-rules verify ROUNDS SECONDS | fold ROUNDS SECONDS ATTEMPTS\n";
    return 64;
  }
  try {
    const int rounds = std::stoi(argv[2]);
    const double seconds = std::stod(argv[3]);
    const auto report = verb == "verify" ? quittance::bench::Verify(rounds, seconds)
                                         : quittance::bench::Fold(rounds, seconds, argc > 4 ? std::stoi(argv[4]) : 1);
    std::cout << report.dump() << std::endl;
  } catch (const std::exception& fault) {
    std::cerr << "quittance-bench-rules " << verb << ": " << fault.what() << "\n";
    return 1;
  }
  return 0;
}

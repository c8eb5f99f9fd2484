// See plan.h. The generator is SplitMix64, so that no standard library decides what a seed means.
#include "tests/chaos/plan.h"

namespace quittance::chaos {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
  int Below(int limit) { return static_cast<int>(Next() % static_cast<std::uint64_t>(limit)); }
  bool Percent(int chance) { return Below(100) < chance; }
  template <class Value>
  const Value& Of(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(Below(static_cast<int>(values.size())))];
  }

 private:
  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

const std::vector<std::string> kProcesses = {"auth", "billing", "subscriptions", "notifications", "ingress"};
const std::vector<Leg> kAllLegs = {Leg::kSale, Leg::kSale, Leg::kReminder, Leg::kEnd, Leg::kLast};  // most happens at the sale

OutsideFault MakeOutside(Dice& dice) {
  const int target = dice.Below(10);
  const int count = 1 + dice.Below(2);
  if (target < 5) {
    const std::string psp = dice.Percent(75) ? "stripe" : "hmac";
    static const std::vector<std::string> kinds = {"reset", "lost_answer", "lost_answer", "500", "503", "429", "slow"};
    std::string kind = dice.Of(kinds);
    if (psp == "stripe" && dice.Percent(20)) kind = dice.Percent(30) ? "stored_500" : "made_500";
    if (dice.Percent(3)) kind = "timeout";
    return {
        Leg::kSale, psp, kind, "", kind == "stored_500" || kind == "made_500" || kind == "timeout" ? 1 : count, kind == "slow" ? 700 : 0};
  }
  if (target < 8) {
    static const std::vector<std::string> kinds = {"429", "500", "reset", "lost_answer"};
    return {dice.Of(kAllLegs), "telegram", dice.Of(kinds), "", count, 0};
  }
  static const std::vector<std::string> kinds = {"451", "reset"};
  return {dice.Of(kAllLegs), "smtp", dice.Of(kinds), "", count, 0};
}

const char* NameOf(Leg leg) {
  static const char* const names[] = {"sale", "reminder", "end", "last end"};
  return names[static_cast<int>(leg)];
}

}  // namespace

std::string NameOf(Story story) {
  static const char* const names[] = {"weekly", "renewing", "refunded", "declined", "canceling", "unpaid"};
  return names[static_cast<int>(story)];
}

Plan MakePlan(std::uint64_t seed) {
  Dice dice(seed);
  Plan plan;
  plan.seed = seed;
  static const std::vector<Story> stories = {Story::kWeekly,   Story::kWeekly,   Story::kRenewing,  Story::kRenewing,
                                             Story::kRefunded, Story::kDeclined, Story::kCanceling, Story::kUnpaid};
  for (int i = 0; i < 2; ++i) plan.customers.push_back(dice.Of(stories));
  for (int i = 1 + dice.Below(3); i > 0; --i) {
    const CrashPoint& point = dice.Of(CrashPoints());
    plan.points.push_back({dice.Of(point.legs), dice.Of(point.processes), point.name, static_cast<std::uint32_t>(1 + dice.Below(3))});
  }
  if (dice.Percent(30)) {
    const bool stops = dice.Percent(50);
    plan.process_faults.push_back({dice.Of(kAllLegs), dice.Of(kProcesses), dice.Below(3000), stops ? 300 + dice.Below(1500) : 0});
  }
  for (int i = dice.Below(3); i > 0; --i) plan.outside.push_back(MakeOutside(dice));
  plan.copies = dice.Percent(50) ? 1 + dice.Below(3) : 1;
  plan.shuffled = dice.Percent(50);
  return plan;
}

std::string Describe(const Plan& plan) {
  std::string text = "seed " + std::to_string(plan.seed) + ": customers";
  for (const Story story : plan.customers) text += " " + NameOf(story);
  for (const auto& point : plan.points)
    text += "; " + std::string(NameOf(point.leg)) + ": " + point.process + " dies at " + point.name + " #" + std::to_string(point.hits);
  for (const auto& fault : plan.process_faults)
    text += "; " + std::string(NameOf(fault.leg)) + ": " + fault.process + (fault.stop_ms == 0 ? " killed" : " stopped") + " after " +
            std::to_string(fault.at_ms) + " ms" + (fault.stop_ms == 0 ? "" : " for " + std::to_string(fault.stop_ms) + " ms");
  for (const auto& fault : plan.outside)
    text += "; " + std::string(NameOf(fault.leg)) + ": " + fault.target + " " + fault.kind + " x" + std::to_string(fault.count);
  return text + "; webhooks x" + std::to_string(plan.copies) + (plan.shuffled ? " shuffled" : "");
}

}  // namespace quittance::chaos

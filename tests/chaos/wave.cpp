// See wave.h. While something waits, business time goes on in growing steps, so that pauses of minutes and hours cost seconds.
#include "tests/chaos/wave.h"

#include <chrono>
#include <thread>

namespace quittance::chaos {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds kLook{150};
constexpr seconds kSettleMax{90};
constexpr seconds kNudgeEvery{1};
constexpr seconds kNudgeFirst{6};
constexpr seconds kNudgeMax{600};
constexpr seconds kDay{86'400};

}  // namespace

struct Waves::Wave {
  std::vector<Plan> plans;
  e2e::TenantSetup tenant;
  std::unique_ptr<View> view;
  std::vector<std::unique_ptr<Customer>> customers;
  Findings findings;
  std::vector<Death> deaths;
  seconds nudge = kNudgeFirst;
  steady_clock::time_point nudged = steady_clock::now();

  bool HasStored500() const {
    for (const auto& plan : plans) {
      for (const auto& fault : plan.outside) {
        if (fault.kind == "stored_500") return true;
      }
    }
    return false;
  }
};

Waves::Waves(e2e::Stack& stack, const std::string& binaries, std::ostream& out)
    : stack_(stack), out_(out), machine_(stack, binaries), lag_(stack.at("kafka")), tail_(stack.at("kafka")) {}

void Waves::Say(const std::string& what) {
  if (!tells_ || what == said_) return;
  said_ = what;
  const auto since = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun_).count();
  out_ << since << " ms " << what << std::endl;
}

void Waves::Nudge(Wave& wave) {
  if (steady_clock::now() - wave.nudged < kNudgeEvery) return;
  stack_.AdvanceClock(wave.nudge);
  wave.nudge = std::min(wave.nudge * 3 / 2, kNudgeMax);
  wave.nudged = steady_clock::now();
}

// One leg: arm, let the networks fail, play every customer's part at once, then wait until all is quiet.
void Waves::PlayLeg(Wave& wave, Leg leg, const std::function<void(Customer&)>& part) {
  bool shuffled = false;
  int copies = 1;
  std::vector<std::thread> threads;
  for (const auto& plan : wave.plans) {
    shuffled |= plan.shuffled;
    copies = std::max(copies, plan.copies);
    for (const auto& point : plan.points) {
      if (point.leg == leg && machine_.Arm(point)) ++totals_.armed;
    }
    for (const auto& fault : plan.outside) {
      if (fault.leg != leg) continue;
      e2e::Json command = {{"target", fault.target}, {"kind", fault.kind}, {"count", fault.count}, {"path", fault.path}};
      if (fault.delay_ms > 0) command["delay_ms"] = fault.delay_ms;
      stack_.Control("fault", command);
    }
    for (const auto& fault : plan.process_faults) {
      if (fault.leg != leg) continue;
      threads.emplace_back([this, fault] {
        std::this_thread::sleep_for(milliseconds(fault.at_ms));
        if (fault.stop_ms > 0) machine_.StopFor(fault.process, fault.stop_ms);
        if (fault.stop_ms == 0) machine_.Kill(fault.process);
      });
    }
  }
  stack_.Control("deliver", {{"duplicates", copies}, {"shuffle", shuffled}});
  machine_.WaitForLeases(!wave.plans.empty() && wave.plans.front().seed % 16 == 0);

  std::atomic<int> playing{0};
  for (const auto& customer : wave.customers) {
    ++playing;
    threads.emplace_back([&playing, &part, &customer] {
      try {
        part(*customer);
      } catch (const std::exception& error) {
        customer->Note(error.what());
      }
      --playing;
    });
  }
  wave.nudge = kNudgeFirst;
  wave.nudged = steady_clock::now();
  while (playing > 0) {
    wave.view->Refresh();
    Say(std::to_string(playing) + " customers play, " + std::to_string(machine_.deaths()) + " deaths, " + machine_.LastDeath());
    Nudge(wave);
    std::this_thread::sleep_for(kLook);
  }
  for (auto& thread : threads) thread.join();
}

// Faults end; then everything must come to rest by itself.
void Waves::Settle(Wave& wave, const std::string& when) {
  const auto until = steady_clock::now() + kSettleMax;
  wave.nudge = kNudgeFirst;
  std::string moves;
  int quiet = 0;
  bool faults_over = false;
  const auto faults_until = steady_clock::now() + seconds(3);  // what the leg armed may still go off while it comes to rest
  while (quiet < 2) {
    if (!faults_over && (quiet == 1 || steady_clock::now() > faults_until)) {
      faults_over = true;
      machine_.DisarmAll();
      for (const char* target : {"stripe", "hmac", "telegram", "smtp"}) stack_.Control("fault", {{"target", target}, {"count", 0}});
    }
    moves = machine_.AllReady() ? "" : "a process that is not ready";
    if (moves.empty()) moves = WhatMoves(stack_, wave.HasStored500());
    if (moves.empty()) {
      const long behind = lag_.Count();
      if (behind != 0) moves = std::to_string(behind) + " events not consumed";
    }
    quiet = moves.empty() ? quiet + 1 : 0;
    Say(std::to_string(machine_.deaths()) + " deaths, " + when + ": " + (moves.empty() ? "quiet" : moves));
    if (steady_clock::now() > until) {
      wave.findings.push_back(when + ": does not come to rest: " + moves);
      return;
    }
    if (quiet == 0) Nudge(wave);
    if (quiet < 2) std::this_thread::sleep_for(kLook);
  }
  wave.view->Refresh();
  for (auto& death : machine_.TakeDeaths()) wave.deaths.push_back(std::move(death));
}

void Waves::Check(Wave& wave) {
  const Scene scene{stack_, wave.tenant, *wave.view, wave.customers};
  int sender_deaths = 0;
  for (const auto& death : wave.deaths) sender_deaths += death.process == "notifications" ? 1 : 0;
  CheckMoney(scene, wave.findings);
  CheckMails(scene, sender_deaths, wave.findings);
  CheckNothingLeft(stack_, wave.HasStored500(), wave.findings);
  // The tail is another reader: it may be a moment behind.
  std::vector<e2e::SeenEvent> events;
  Findings last;
  e2e::Eventually(
      [&] {
        for (auto& event : tail_.Take()) events.push_back(std::move(event));
        last.clear();
        CheckEvents(scene, events, last);
        return last.empty();
      },
      seconds(5));
  wave.findings.insert(wave.findings.end(), last.begin(), last.end());
  for (auto& finding : machine_.TakeFindings()) wave.findings.push_back(std::move(finding));
  for (const auto& customer : wave.customers) {
    wave.findings.insert(wave.findings.end(), customer->complaints().begin(), customer->complaints().end());
  }
}

bool Waves::Play(const std::vector<std::uint64_t>& seeds) {
  Wave wave;
  for (const auto seed : seeds) wave.plans.push_back(MakePlan(seed));
  wave.tenant = e2e::MakeTenant(stack_, "chaos-" + e2e::RandomHex(8));
  e2e::Provision(stack_, wave.tenant);
  wave.view = std::make_unique<View>(stack_, wave.tenant);
  bool renews = false;
  for (const auto& plan : wave.plans) {
    for (const Story story : plan.customers) {
      renews |= story == Story::kRenewing;
      wave.customers.push_back(std::make_unique<Customer>(stack_, wave.tenant, *wave.view, story, plan.seed));
    }
  }
  const Scene scene{stack_, wave.tenant, *wave.view, wave.customers};
  const auto settled = [&](const std::string& when) {
    Settle(wave, when);
    CheckChannel(scene, wave.findings);
  };
  const auto nothing = [](Customer&) {};

  PlayLeg(wave, Leg::kSale, [](Customer& customer) { customer.Buy(); });
  settled("after the sale");
  stack_.AdvanceClock(5 * kDay + seconds(60));
  PlayLeg(wave, Leg::kReminder, nothing);
  settled("after the reminders");
  PlayLeg(wave, Leg::kReminder, [](Customer& customer) { customer.Renew(); });
  settled("after the renewals");
  stack_.AdvanceClock(2 * kDay);
  PlayLeg(wave, Leg::kEnd, nothing);
  settled("after the end");
  if (renews) {
    stack_.AdvanceClock(31 * kDay);
    PlayLeg(wave, Leg::kLast, nothing);
    settled("after the last end");
  }
  for (const auto& customer : wave.customers) customer->AskAgain();
  Check(wave);

  totals_.runs += static_cast<int>(seeds.size());
  totals_.customers += static_cast<int>(wave.customers.size());
  totals_.deaths += static_cast<int>(wave.deaths.size());
  for (const auto& death : wave.deaths) {
    for (const auto& point : death.points) ++totals_.points[point], ++totals_.gone_off;
  }
  if (wave.findings.empty()) return true;
  for (const auto& finding : wave.findings) {
    out_ << "BROKEN " << finding << "\n";
    totals_.findings.push_back(finding);
  }
  for (const auto& plan : wave.plans) out_ << Describe(plan) << "\n";
  out_ << "replay: quittance-chaos ENDPOINTS --seed " << seeds.front() << " --runs " << seeds.size() << " --together " << seeds.size()
       << "\n"
       << machine_.LogTails(20) << std::flush;
  return false;
}

}  // namespace quittance::chaos

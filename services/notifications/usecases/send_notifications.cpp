// One run: claim, prepare (settings, addresses, texts), send on kLanes coroutines while this one keeps the leases, give back the rest.
#include "services/notifications/usecases/send_notifications.h"

#include <atomic>
#include <set>

#include "common/core/crash_point.h"
#include "common/crypto/random.h"
#include "common/db/batcher.h"
#include "services/notifications/events.h"
#include "services/notifications/store/notifications.h"
#include "services/notifications/usecases/compose.h"

namespace quittance::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kCompletionTriesMax = 3;
constexpr milliseconds kCompletionPause{200};
constexpr milliseconds kLookPauseMax{100};

struct Delivery {
  Notification notification;
  std::variant<Message, Outcome> next;
};

enum class Written { kYes, kLeaseLost };

// Shared by the lanes of one run.
struct Round {
  Round(db::Database& db, std::vector<Delivery> all, milliseconds lease_length, SteadyTime asked)
      : deliveries(std::move(all)),
        lease(lease_length),
        leased(asked),
        done(deliveries.size()),
        completions(
            db, [](const store::Completion& each) { return each.after.tenant; },
            [](db::Tx& tx, std::span<const store::Completion> batch) {
              const auto written = store::CompleteNotifications(tx, batch);
              std::vector<Written> answers;
              for (const auto& each : batch) answers.push_back(written.contains(each.after.id) ? Written::kYes : Written::kLeaseLost);
              return answers;
            }) {}

  // A lease begins with the transaction that takes it, and its commit may come any time later: only the time before the question is sure.
  bool MustRenew() const { return steady_clock::now() >= leased.load() + lease / 3; }
  bool MaySend() const { return steady_clock::now() < leased.load() + lease * 2 / 3; }

  std::vector<Delivery> deliveries;
  const milliseconds lease;
  std::atomic<SteadyTime> leased;       // not later than the leases of all open claims began
  std::vector<std::atomic<bool>> done;  // nothing more to do here: completed, or left to its lease
  std::atomic<std::size_t> next{0};
  std::atomic<int> lanes_open{0};
  std::atomic<int> settled{0};
  std::atomic<int> failed{0};  // completions that did not reach the database
  SteadyTime until{};
  db::Batcher<store::Completion, Written> completions;  // of all lanes
};

double Chance() {
  const std::string bytes = crypto::RandomBytes(2);
  return (static_cast<unsigned char>(bytes[0]) * 256 + static_cast<unsigned char>(bytes[1])) / 65536.0;
}

std::vector<store::Claim> OpenClaims(const Round& round) {
  std::vector<store::Claim> claims;
  for (std::size_t i = 0; i < round.deliveries.size(); ++i) {
    const Notification& n = round.deliveries[i].notification;
    if (!round.done[i]) claims.push_back({n.tenant, n.id, n.attempt});
  }
  return claims;
}

// Settings and contacts of one tenant, or why its mails wait.
struct TenantAnswer {
  TenantView view;
  std::optional<std::string> problem;
  bool auth_is_down = false;
};

void Keep(std::vector<Contact>& some, std::map<UserId, Contact>& all) {
  for (Contact& contact : some) all.insert_or_assign(contact.user, std::move(contact));
}

// Asks auth in sets of kContactsMax. What it refuses, or does not answer, is a reason to wait.
Task<void> AskContacts(Deps& deps, TenantId tenant, std::set<UserId> users, TenantAnswer& answer) {
  const std::vector<UserId> all(users.begin(), users.end());
  for (std::size_t at = 0; at < all.size(); at += kContactsMax) {
    const std::size_t end = std::min(all.size(), at + kContactsMax);
    std::vector<UserId> some(all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(end));
    try {
      auto contacts = co_await deps.contacts(tenant, std::move(some));
      if (!contacts) answer.problem = "auth does not give contacts: " + contacts.error().message;
      if (contacts) Keep(*contacts, answer.view.contacts);
    } catch (const Fault& fault) {
      answer.problem = std::string("auth is not reachable: ") + fault.what();
      answer.auth_is_down = true;
    }
    if (answer.problem) co_return;
  }
}

Task<TenantAnswer> AskTenant(Deps& deps, TenantId tenant, std::set<UserId> users) {
  TenantAnswer answer;
  answer.view.company = deps.company(tenant);
  try {
    answer.view.settings = co_await deps.settings.For(tenant);
  } catch (const Fault& fault) {
    answer.problem = std::string("settings cannot be read: ") + fault.what();
  }
  if (!answer.problem) co_await AskContacts(deps, tenant, std::move(users), answer);
  co_return answer;
}

Task<std::map<store::PlanKey, std::string>> AskPlanNames(Deps& deps, const std::vector<Notification>& due) {
  std::set<store::PlanKey> plans;
  for (const Notification& n : due) {
    if (const auto plan = n.params.find("plan"); plan != n.params.end() && !plan->second.empty()) plans.emplace(n.tenant, plan->second);
  }
  if (plans.empty()) co_return std::map<store::PlanKey, std::string>();
  auto names = co_await deps.system.Transact(db::Scope::System(), [&plans](db::Tx& tx) { return store::FindPlanNames(tx, plans); });
  co_return names;
}

Task<std::vector<Delivery>> Prepare(Deps& deps, std::vector<Notification> due) {
  std::map<TenantId, std::set<UserId>> users;
  for (const Notification& n : due) users[n.tenant].insert(n.user);
  const auto plans = co_await AskPlanNames(deps, due);
  std::map<TenantId, TenantAnswer> tenants;
  TenantAnswer answer;
  for (const auto& [tenant, its_users] : users) {
    // Auth that is down is down for everybody: it is not asked again in this run.
    if (!answer.auth_is_down) answer = co_await AskTenant(deps, tenant, its_users);
    tenants.emplace(tenant, answer);
  }
  const TimePoint now = deps.clock.Now();
  std::vector<Delivery> deliveries;
  for (Notification& n : due) {
    const TenantAnswer& its = tenants.at(n.tenant);
    std::variant<Message, Outcome> next = Outcome{Verdict::kWait, its.problem.value_or("")};
    if (!its.problem) next = Compose(n, its.view, plans, deps.token_keyring, now);
    if (const auto* message = std::get_if<Message>(&next)) n.locale = message->locale;
    deliveries.push_back({std::move(n), std::move(next)});
  }
  co_return deliveries;
}

// The mail is out: the row must know, or the next claim sends it again. So a database that stumbles is asked a few times.
Task<bool> Complete(Deps& deps, Round& round, Notification notification) {
  const TimePoint now = deps.clock.Now();
  const store::Completion completion{notification, events::Finished(notification, deps.ids.Next(), now)};
  for (int tried = 1;; ++tried) {
    bool stored = false;
    try {
      co_await round.completions.Submit(completion);
      stored = true;
    } catch (const Fault&) {
      if (tried == kCompletionTriesMax) co_return false;
    }
    if (stored) co_return true;
    co_await async::Sleep(kCompletionPause);
  }
}

Task<void> Deliver(Deps& deps, std::shared_ptr<Round> round, std::size_t index) {
  Delivery& delivery = round->deliveries[index];
  Outcome outcome{Verdict::kWait, ""};
  if (auto* message = std::get_if<Message>(&delivery.next)) {
    QUITTANCE_CRASH_POINT("notifications.send.composed");
    Channel* const channel = delivery.notification.channel == "sms" ? deps.sms : &deps.email;
    if (channel != nullptr) outcome = co_await channel->Send(std::move(*message));
    QUITTANCE_CRASH_POINT("notifications.send.accepted");
  } else {
    outcome = std::get<Outcome>(delivery.next);
  }
  Notification after = After(delivery.notification, outcome, deps.clock.Now(), Chance());
  const bool stored = co_await Complete(deps, *round, std::move(after));
  QUITTANCE_CRASH_POINT("notifications.send.completed");
  round->done[index] = true;  // if it could not be stored, the lease runs out and the row is claimed again
  if (!stored) round->failed += 1;
  if (outcome.verdict != Verdict::kWait) round->settled += 1;
}

Task<void> RunLane(Deps& deps, std::shared_ptr<Round> round) {
  while (steady_clock::now() < round->until) {
    const std::size_t index = round->next++;
    if (index >= round->deliveries.size()) break;
    if (round->done[index]) continue;  // somebody else has it
    if (!round->MaySend()) break;
    try {
      co_await Deliver(deps, round, index);
    } catch (const std::exception&) {
      round->done[index] = true;  // perhaps it was sent: the row stays claimed until its lease runs out
      round->failed += 1;
    }
  }
  round->lanes_open -= 1;
}

// What somebody else has claimed meanwhile is theirs.
Task<void> RenewLeases(Deps& deps, Round& round) {
  const SteadyTime asked = steady_clock::now();
  const std::vector<store::Claim> claims = OpenClaims(round);
  const auto held =
      co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { return store::RenewLeases(tx, claims, round.lease); });
  for (std::size_t i = 0; i < round.deliveries.size(); ++i) {
    if (!held.contains(round.deliveries[i].notification.id)) round.done[i] = true;
  }
  round.leased = asked;
}

Task<void> KeepLeases(Deps& deps, std::shared_ptr<Round> round) {
  SteadyTime tried{};
  milliseconds pause{2};
  while (round->lanes_open > 0) {
    co_await async::Sleep(pause);
    pause = std::min(pause * 2, kLookPauseMax);
    if (!round->MustRenew() || steady_clock::now() - tried < round->lease / 3) continue;
    tried = steady_clock::now();
    try {
      co_await RenewLeases(deps, *round);
    } catch (const Fault&) {
      continue;  // then the leases run out: nothing more is sent, and what is being sent cannot be completed twice
    }
  }
}

}  // namespace

Task<int> SendNotifications(Deps& deps, milliseconds lease) {
  const TimePoint now = deps.clock.Now();
  const SteadyTime asked = steady_clock::now();
  auto due = co_await deps.system.Transact(db::Scope::SystemHot(),
                                           [&](db::Tx& tx) { return store::ClaimDueNotifications(tx, now, kClaimMax, lease); });
  if (due.empty()) co_return 0;
  QUITTANCE_CRASH_POINT("notifications.send.claimed");
  auto deliveries = co_await Prepare(deps, std::move(due));
  auto round = std::make_shared<Round>(deps.system, std::move(deliveries), lease, asked);
  if (round->MustRenew()) co_await RenewLeases(deps, *round);  // auth was slow, or the database
  round->until = steady_clock::now() + kRunBudget;
  round->lanes_open = kLanes;
  for (int lane = 0; lane < kLanes; ++lane) deps.executor.Spawn(RunLane(deps, round));
  co_await KeepLeases(deps, round);
  const std::vector<store::Claim> rest = OpenClaims(*round);
  if (!rest.empty()) co_await deps.system.Transact(db::Scope::System(), [&rest](db::Tx& tx) { store::ReleaseClaims(tx, rest); });
  if (round->failed > 0) throw Fault(std::to_string(round->failed) + " notifications could not be completed; their leases run out");
  co_return round->settled.load();
}

}  // namespace quittance::notifications

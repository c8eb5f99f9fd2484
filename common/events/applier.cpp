// Batches to effects: together first, one by one when that fails, dead letters when that fails too often. A fault of the database holds
// everything.
#include "common/events/applier.h"

#include <algorithm>
#include <random>
#include <set>

#include "common/crypto/envelope.h"
#include "common/events/inbox.h"
#include "common/log/log.h"

namespace quittance::events {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseMin{100};
constexpr milliseconds kPauseMax{10'000};

// Doubles with every failure; jitter around the value, so that replicas do not come back together.
milliseconds PauseAfter(int failures) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto pause = std::min<std::int64_t>(kPauseMax.count(), kPauseMin.count() << std::min(failures - 1, 10));
  return milliseconds(std::uniform_int_distribution<std::int64_t>(pause / 2, pause * 3 / 2)(random));
}

}  // namespace

std::vector<Subscription> InSets(const std::vector<std::string>& types, SetHandler set) {
  const auto shared = std::make_shared<const SetHandler>(std::move(set));
  const Handler single = [shared](db::Tx& tx, const Event& event) {
    const Event* const one = &event;
    (*shared)(tx, std::span(&one, 1));
  };
  std::vector<Subscription> rows;
  for (const auto& type : types) rows.push_back({type, single, shared});
  return rows;
}

Applier::Applier(std::string consumer, std::vector<Subscription> table, int careful_events, db::Database& db, metrics::Registry& metrics,
                 Hold hold)
    : consumer_(std::move(consumer)), careful_events_(careful_events), db_(db), metrics_(metrics), hold_(std::move(hold)) {
  for (auto& row : table) table_.emplace(row.type, row);
}

std::vector<Uuid> Applier::IdsOf(const std::vector<Item>& items) {
  std::vector<Uuid> ids;
  for (const Item& item : items) {
    if (item.row != nullptr) ids.push_back(item.event->id);
  }
  return ids;
}

std::vector<Applier::Item> Applier::Read(const std::vector<Message>& messages) const {
  std::vector<Item> items;
  for (const Message& message : messages) {
    Item item{&message, std::nullopt, "", nullptr, std::nullopt};
    auto read = FromMessage(message);
    if (auto* problem = std::get_if<std::string>(&read)) {
      item.problem = std::move(*problem);
    } else {
      item.event = std::move(std::get<Event>(read));
      const auto found = table_.find(item.event->type);
      if (found != table_.end()) item.row = &found->second;
    }
    items.push_back(std::move(item));
  }
  return items;
}

bool Applier::Calm(const std::vector<Item>& items) const {
  return std::all_of(items.begin(), items.end(), [&](const Item& item) {
    if (item.event && item.row == nullptr) return true;
    const auto found = calm_.find({item.message->topic, item.message->partition});
    return found != calm_.end() && found->second >= careful_events_;
  });
}

bool Applier::Apply(const std::vector<Message>& messages) {
  const SteadyTime begun = std::chrono::steady_clock::now();
  std::vector<Item> items = Read(messages);
  const bool calm = Calm(items);
  bool fresh = true;
  Outcome together = calm ? Outcome::kDone : Start(IdsOf(items), fresh);
  if (together == Outcome::kDone) together = fresh ? ApplyTogether(items, !calm) : Outcome::kPoison;
  if (together == Outcome::kLost) return false;
  if (together == Outcome::kPoison && !ApplySingly(items)) return false;
  Count(items);
  const auto count = [&](Result result) {
    return static_cast<std::int64_t>(std::count_if(items.begin(), items.end(), [&](const Item& item) { return item.result == result; }));
  };
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
  log::Info("events consumed", {{"consumer", consumer_},
                                {"applied", count(Result::kApplied)},
                                {"duplicates", count(Result::kDuplicate)},
                                {"skipped", count(Result::kSkipped)},
                                {"dead_letters", count(Result::kDeadLetter)},
                                {"ms", static_cast<std::int64_t>(took.count())}});
  return true;
}

// Runs a transaction until it is done or says that the messages are at fault. What is at fault with the database is waited out.
Applier::Outcome Applier::Attempt(const std::function<void()>& transaction, std::string& error) {
  for (int faults = 1;; ++faults) {
    try {
      transaction();
      return Outcome::kDone;
    } catch (const crypto::Undecryptable& damaged) {  // a fault by kind, but waiting does not mend this message
      error = damaged.what();
      return Outcome::kPoison;
    } catch (const Fault& fault) {
      const milliseconds pause = PauseAfter(faults);
      log::Warn("consumer waits",
                {{"consumer", consumer_}, {"error", fault.what()}, {"pause_ms", static_cast<std::int64_t>(pause.count())}});
      if (!hold_(pause)) return Outcome::kLost;
    } catch (const std::exception& failure) {
      error = failure.what();
      return Outcome::kPoison;
    }
  }
}

// Counts the start of a batch in a commit of its own; `fresh`: no earlier start of these events is left without an end.
Applier::Outcome Applier::Start(const std::vector<Uuid>& ids, bool& fresh) {
  std::string error;
  return Attempt([&] { fresh = db_.TransactSync(db::Scope::SystemHot(), [&](db::Tx& tx) { return CountStart(tx, consumer_, ids); }); },
                 error);
}

Applier::Outcome Applier::ApplyTogether(std::vector<Item>& items, bool counted) {
  const std::vector<Uuid> ids = IdsOf(items);
  std::string error;
  const Outcome outcome = Attempt(
      [&] {
        for (Item& item : items) item.result = item.event && item.row == nullptr ? std::optional(Result::kSkipped) : std::nullopt;
        if (std::all_of(items.begin(), items.end(), [](const Item& item) { return item.result.has_value(); })) return;
        db_.TransactSync(db::Scope::SystemHot(), [&](db::Tx& tx) {
          std::set<Uuid> claimed = ClaimInbox(tx, consumer_, ids);
          std::vector<Item*> fresh;
          for (Item& item : items) {
            if (!item.event) {
              InsertDeadLetter(tx, consumer_, *item.message, std::nullopt, {"envelope", item.problem, 0});
              item.result = Result::kDeadLetter;
            } else if (item.row != nullptr) {
              // The second of two equal events in one batch finds its id taken.
              const bool mine = claimed.erase(item.event->id) > 0;
              if (mine) fresh.push_back(&item);
              item.result = mine ? Result::kApplied : Result::kDuplicate;
            }
          }
          RunSets(tx, std::move(fresh));
          if (counted) ForgetTries(tx, consumer_, ids);
        });
      },
      error);
  if (outcome == Outcome::kPoison) {
    log::Warn("batch failed, its events run one by one",
              {{"consumer", consumer_}, {"events", static_cast<std::int64_t>(items.size())}, {"error", error}});
  }
  return outcome;
}

// The events of each topic in their order (none is promised between topics); neighbours at once where their types share a handler of sets.
void Applier::RunSets(db::Tx& tx, std::vector<Item*> fresh) {
  std::stable_sort(fresh.begin(), fresh.end(), [](const Item* a, const Item* b) { return a->message->topic < b->message->topic; });
  for (std::size_t i = 0; i < fresh.size();) {
    const Subscription& row = *fresh[i]->row;
    if (!row.set) {
      row.handler(tx, *fresh[i++]->event);
      continue;
    }
    std::vector<const Event*> set;
    for (; i < fresh.size() && fresh[i]->row->set == row.set; ++i) set.push_back(&*fresh[i]->event);
    (*row.set)(tx, set);
  }
}

bool Applier::ApplySingly(std::vector<Item>& items) {
  const std::vector<Uuid> ids = IdsOf(items);
  std::set<Uuid> applied;
  std::string error;
  const Outcome found =
      Attempt([&] { applied = db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) { return FindApplied(tx, consumer_, ids); }); }, error);
  if (found == Outcome::kLost) return false;
  for (Item& item : items) {
    if (item.event && item.row == nullptr) {
      item.result = Result::kSkipped;
    } else if (!item.event) {
      if (!Bury(item, {"envelope", item.problem, 0})) return false;
    } else if (applied.contains(item.event->id)) {
      item.result = Result::kDuplicate;
    } else if (!ApplyOne(item)) {
      return false;
    }
  }
  return true;
}

// Tries one event until it is applied or has had its tries. Each try is counted in a commit of its own before it begins, so that an event
// which kills the process counts too.
bool Applier::ApplyOne(Item& item) {
  std::string error = "the process ended while it was applied";
  for (int failures = 1;; ++failures) {
    int tries = 0;
    std::string counting;
    const Outcome counted =
        Attempt([&] { tries = db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) { return CountTry(tx, consumer_, item.event->id); }); },
                counting);
    if (counted == Outcome::kLost) return false;
    if (counted == Outcome::kDone && tries == 0) {
      item.result = Result::kDuplicate;
      return true;
    }
    if (tries > kTriesMax) return Bury(item, {failures == 1 ? "killed" : "failed", error, tries - 1});

    const Outcome tried = Try(item, error);
    if (tried != Outcome::kPoison) return tried == Outcome::kDone;
    log::Warn("event failed", {{"consumer", consumer_},
                               {"type", item.event->type},
                               {"event", item.event->id.Hex()},
                               {"subject", item.event->key},
                               {"traceparent", item.event->traceparent},
                               {"try", tries},
                               {"error", error}});
    if (tries >= kTriesMax) return Bury(item, {"failed", error, tries});
    if (!hold_(PauseAfter(failures))) return false;
  }
}

Applier::Outcome Applier::Try(Item& item, std::string& error) {
  return Attempt(
      [&] {
        const bool mine = db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
          const bool fresh = !ClaimInbox(tx, consumer_, {item.event->id}).empty();
          if (fresh) item.row->handler(tx, *item.event);
          ForgetTries(tx, consumer_, {item.event->id});
          return fresh;
        });
        item.result = mine ? Result::kApplied : Result::kDuplicate;
      },
      error);
}

// To the dead letters, in the transaction of its inbox claim. A failure here holds the partition: nothing is ever skipped.
bool Applier::Bury(Item& item, const DeadLetter& letter) {
  for (int failures = 1;; ++failures) {
    std::string error;
    bool mine = true;
    const Outcome outcome = Attempt(
        [&] {
          mine = db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
            if (item.event && ClaimInbox(tx, consumer_, {item.event->id}).empty()) return false;
            InsertDeadLetter(tx, consumer_, *item.message, item.event, letter);
            if (item.event) ForgetTries(tx, consumer_, {item.event->id});
            return true;
          });
        },
        error);
    if (outcome == Outcome::kLost) return false;
    if (outcome == Outcome::kDone) {
      item.result = mine ? Result::kDeadLetter : Result::kDuplicate;
      log::Error("dead letter", {{"consumer", consumer_},
                                 {"reason", letter.reason},
                                 {"topic", item.message->topic},
                                 {"partition", item.message->partition},
                                 {"offset", item.message->offset},
                                 {"tries", letter.tries},
                                 {"error", letter.message}});
      return true;
    }
    log::Error("dead letter cannot be stored", {{"consumer", consumer_}, {"error", error}});
    if (!hold_(PauseAfter(failures))) return false;
  }
}

void Applier::Count(const std::vector<Item>& items) {
  static constexpr const char* kNames[] = {"applied", "duplicate", "skipped", "dead_letter"};
  std::map<std::pair<std::string_view, Result>, int> counts;
  for (const Item& item : items) {
    // Types come from outside: those that are not in the table share one label.
    ++counts[{item.row != nullptr ? std::string_view(item.row->type) : "other", *item.result}];
    if (*item.result == Result::kApplied || *item.result == Result::kDeadLetter) ++calm_[{item.message->topic, item.message->partition}];
  }
  for (const auto& [what, count] : counts) {
    metrics_
        .GetCounter("quittance_events_consumed_total", "Events by what became of them.",
                    {{"consumer", consumer_}, {"type", std::string(what.first)}, {"result", kNames[static_cast<int>(what.second)]}})
        .Add(count);
  }
}

bool Applier::Replay(const Uuid& dead_letter) {
  return db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    const auto message = LockDeadLetter(tx, consumer_, dead_letter);
    if (!message) return false;
    const std::vector<Message> messages = {*message};
    const auto items = Read(messages);
    if (!items.front().event) throw std::runtime_error("dead letter without a readable envelope: " + items.front().problem);
    if (items.front().row == nullptr) throw std::runtime_error("dead letter of a type that is not consumed: " + items.front().event->type);
    items.front().row->handler(tx, *items.front().event);
    MarkReplayed(tx, dead_letter);
    return true;
  });
}

std::int64_t Applier::OpenDeadLetters() {
  return db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) { return CountDeadLetters(tx, consumer_); });
}

}  // namespace quittance::events

// One database for the whole program; every test starts with empty tables.
#include "tests/integration/events/world.h"

#include <cstdlib>

#include "common/core/check.h"
#include "common/crypto/random.h"
#include "common/events/outbox.h"
#include "tests/support/test_database.h"

namespace quittance::events::test {
namespace {

struct Shared {
  quittance::test::TestDatabase database{"billing"};
  metrics::Registry metrics;
  db::Database app{{"app", database.app_url(), 2}, metrics};
  db::Database system{{"system", database.system_url(), 4}, metrics};

  Shared() {
    database.Admin("CREATE TABLE test_effects (id bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, key text, sequence bigint)");
    database.Admin("CREATE TABLE test_state (key text PRIMARY KEY, sequence bigint)");
    database.Admin("GRANT ALL ON test_effects, test_state TO quittance_system");
  }
};

std::unique_ptr<Shared> shared;

// Made with the first test that asks, dropped at the end of the program.
Shared& Get() {
  if (!shared) {
    shared = std::make_unique<Shared>();
    std::atexit([] { shared.reset(); });
  }
  return *shared;
}

}  // namespace

SteadyTime In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

bool Eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  for (const SteadyTime end = In(limit); std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
    if (condition()) return true;
  }
  return condition();
}

TenantId SomeTenant() { return TenantId{*Uuid::Parse("00000000000070008000000000000007")}; }

Event MakeEvent(const std::string& key, std::int64_t sequence) {
  Event event;
  event.id = crypto::RandomIds().Next();
  event.tenant = SomeTenant();
  event.type = kType;
  event.key = key;
  event.sequence = sequence;
  event.time = *ParseRfc3339("2026-11-21T09:30:00.5Z");
  event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  event.data = key + " " + std::to_string(sequence);
  return event;
}

Message ToMessage(const Event& event, std::int64_t offset, int partition) {
  return {TopicOf(event.type), partition, offset, event.key, ToHeaders(event, "/quittance/billing"), event.data};
}

Event ToEvent(const Message& message) {
  auto read = FromMessage(message);
  if (auto* problem = std::get_if<std::string>(&read)) throw std::runtime_error(*problem);
  return std::get<Event>(read);
}

void World::SetUp() { Get().database.Admin("TRUNCATE outbox, inbox, inbox_tries, dead_letters, relay_lease, test_effects, test_state"); }

db::Database& World::app() { return Get().app; }
db::Database& World::system() { return Get().system; }
std::string World::SystemUrl() { return std::string(Get().database.system_url().Reveal()); }

void World::Append(const std::vector<Event>& events) {
  app().TransactSync(db::Scope::Of(SomeTenant()), [&](db::Tx& tx) { AppendToOutbox(tx, events); });
}

std::int64_t World::Number(const std::string& sql) {
  const std::string text = Text(sql);
  return text.empty() ? -1 : std::stoll(text);
}

std::string World::Text(const std::string& sql) { return Get().database.AdminValue(sql); }

void World::Effect(db::Tx& tx, const Event& event) {
  tx.Exec("INSERT INTO test_effects (event_id, key, sequence) VALUES ($1, $2, $3)", event.id, event.key, event.sequence);
  tx.Exec(R"(INSERT INTO test_state AS s (key, sequence) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET sequence = excluded.sequence WHERE s.sequence < excluded.sequence)",
          event.key, event.sequence);
}

std::vector<Subscription> World::Table(Handler handler) { return {{std::string(kType), std::move(handler)}}; }

std::vector<std::int64_t> World::SequencesOf(const std::string& key) {
  return system().TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    std::vector<std::int64_t> sequences;
    for (const auto& row : tx.Exec("SELECT sequence FROM test_effects WHERE key = $1 ORDER BY id", key)) {
      sequences.push_back(row.Get<std::int64_t>("sequence"));
    }
    return sequences;
  });
}

}  // namespace quittance::events::test

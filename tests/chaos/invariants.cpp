// See invariants.h. Read with the superuser's eyes and at the networks outside, never through the code under test alone.
#include "tests/chaos/invariants.h"

#include <chrono>
#include <map>
#include <set>

namespace quittance::chaos {
namespace {

struct Money {
  int captures = 0;
  std::int64_t captured = 0, refunded = 0;
};

// What the PSPs say, by payment of ours.
std::map<std::string, Money> AtThePsps(e2e::Stack& stack) {
  std::map<std::string, Money> all;
  for (const auto& charge : stack.Listing("charges")) {
    Money& money = all[charge.at("payment_id").get<std::string>()];
    const auto amount = charge.at("amount_minor").get<std::int64_t>();
    if (charge.at("kind") == "capture") {
      money.captures += 1;
      money.captured += amount;
    } else if (charge.at("kind") == "refund") {
      money.refunded += amount;
    }
  }
  return all;
}

std::map<std::string, int> Counts(const pqxx::result& rows) {
  std::map<std::string, int> counts;
  for (const auto& row : rows) counts[row[0].as<std::string>()] = row[1].as<int>();
  return counts;
}

// Without the dashes of PostgreSQL's uuids.
constexpr const char* kHex = "replace(%::text, '-', '')";
std::string Hex(const std::string& column) { return std::string(kHex).replace(8, 1, column); }

void Expect(bool holds, const Customer& customer, const std::string& what, Findings& findings) {
  if (!holds) {
    findings.push_back("seed " + std::to_string(customer.seed()) + ", " + NameOf(customer.story()) + " customer " + customer.user() + ": " +
                       what);
  }
}

// To the microsecond: a period that began in this second has begun.
std::string BusinessNow(const e2e::Stack& stack) {
  const auto now = std::chrono::system_clock::now().time_since_epoch() + stack.ClockOffset();
  return "to_timestamp(" + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()) + " / 1e6)";
}

struct Stirring {
  const char* service;
  const char* what;
  std::string sql;  // counts
};

// @now: business time. @open: attempts that wait for a person are left out.
std::vector<Stirring> StirringTable() {
  std::vector<Stirring> table;
  for (const char* service : {"auth", "billing", "subscriptions", "notifications"}) {
    table.push_back({service, "outbox rows", "SELECT count(*) FROM outbox"});
    table.push_back({service, "open keys", "SELECT count(*) FROM idempotency_keys WHERE reply IS NULL"});
  }
  table.push_back({"billing", "attempts for the janitor", "SELECT count(*) FROM payment_attempts WHERE check_at IS NOT NULL"});
  table.push_back({"billing", "attempts under a lease", "SELECT count(*) FROM payment_attempts WHERE lease_until > now()"});
  table.push_back({"billing", "refunds to send", "SELECT count(*) FROM refunds WHERE send_at IS NOT NULL OR lease_until > now()"});
  table.push_back({"billing", "parked webhooks", "SELECT count(*) FROM webhook_deliveries WHERE retry_at IS NOT NULL"});
  table.push_back({"billing", "intents to expire",
                   "SELECT count(*) FROM payments WHERE status = 'PENDING' AND expire_time <= @now AND NOT EXISTS (SELECT 1 FROM"
                   " payment_attempts a WHERE a.tenant_id = payments.tenant_id AND a.payment_id = payments.id AND a.unknown)"});
  table.push_back({"subscriptions", "subscriptions to end",
                   "SELECT count(*) FROM subscriptions WHERE status = 'active' AND current_period_end <= @now"});
  table.push_back({"subscriptions", "reminders", "SELECT count(*) FROM subscriptions WHERE reminder_at <= @now"});
  table.push_back({"subscriptions", "memberships to drive",
                   "SELECT count(*) FROM memberships WHERE next_attempt_at <= @now + interval '5 minutes' OR lease_until > now()"});
  table.push_back({"subscriptions", "join requests", "SELECT count(*) FROM telegram_join_requests"});
  table.push_back({"subscriptions", "bot messages", "SELECT count(*) FROM telegram_messages"});
  table.push_back({"notifications", "mails to send", "SELECT count(*) FROM notifications WHERE state = 'pending'"});
  return table;
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::string WhatMoves(const e2e::Stack& stack, bool) {
  const std::string now = BusinessNow(stack);
  std::map<std::string, std::unique_ptr<Database>> databases;
  std::string moves;
  for (const auto& row : StirringTable()) {
    auto& database = databases[row.service];
    if (!database) database = std::make_unique<Database>(stack, row.service);
    const int count = database->Run(Replaced(row.sql, "@now", now)).at(0).at(0).as<int>();
    if (count > 0) moves += (moves.empty() ? "" : ", ") + std::to_string(count) + " " + row.what + " (" + row.service + ")";
  }
  return moves;
}

void CheckChannel(const Scene& scene, Findings& findings) {
  scene.view.Refresh();
  Database subscriptions(scene.stack, "subscriptions");
  const std::string now = BusinessNow(scene.stack);
  const auto running = Counts(subscriptions.Run(
      "SELECT 'usr_' || " + Hex("user_id") + ", count(*) FROM subscription_periods p WHERE tenant_id = '" + scene.view.tenant_id() +
      "' AND starts_at <= " + now + " AND ends_at > " + now +
      " AND NOT EXISTS (SELECT 1 FROM subscription_period_stops s WHERE s.tenant_id = p.tenant_id AND s.payment_id = p.payment_id AND"
      " until_time IS NULL) GROUP BY 1"));
  for (const auto& customer : scene.customers) {
    const bool pays = running.contains(customer->user());
    const bool inside = scene.view.IsInside(customer->telegram_user());
    const auto member = scene.view.MembershipOf(customer->user());
    Expect(pays == inside || !customer->joined(), *customer,
           std::string(inside ? "is in the channel" : "is not in the channel") + " and has " + (pays ? "a" : "no") + " running period",
           findings);
    Expect(inside == (member && member->state == "member"), *customer,
           std::string("Telegram says ") + (inside ? "member" : "outside") + ", we say " + (member ? member->state : "nothing"), findings);
    Expect(!pays || running.at(customer->user()) == 1, *customer, "two periods run at once", findings);
  }
}

void CheckMoney(const Scene& scene, Findings& findings) {
  scene.view.Refresh();
  const auto psps = AtThePsps(scene.stack);
  const std::string tenant = "'" + scene.view.tenant_id() + "'";
  Database billing(scene.stack, "billing");
  Database subscriptions(scene.stack, "subscriptions");
  const auto per_user =
      Counts(billing.Run("SELECT 'usr_' || " + Hex("user_id") + ", count(*) FROM payments WHERE tenant_id = " + tenant + " GROUP BY 1"));
  const auto periods = Counts(subscriptions.Run("SELECT 'pay_' || " + Hex("payment_id") +
                                                ", count(*) FROM subscription_periods WHERE tenant_id = " + tenant + " GROUP BY 1"));
  for (const auto& customer : scene.customers) {
    const int rows = per_user.contains(customer->user()) ? per_user.at(customer->user()) : 0;
    Expect(rows == static_cast<int>(customer->payments().size()), *customer,
           std::to_string(customer->payments().size()) + " keys, " + std::to_string(rows) + " payments", findings);
    for (const auto& id : customer->payments()) {
      const auto payment = scene.view.Payment(id);
      const Money money = psps.contains(id) ? psps.at(id) : Money{};
      const bool paid = payment && (payment->status == "SUCCEEDED" || payment->status == "REFUNDED");
      Expect(payment.has_value(), *customer, id + " is gone", findings);
      if (!payment) continue;
      Expect(money.captures == (paid ? 1 : 0), *customer,
             id + " " + payment->status + " has " + std::to_string(money.captures) + " charges", findings);
      Expect(money.captured == payment->captured && money.refunded == payment->refunded, *customer,
             id + ": PSP " + std::to_string(money.captured) + " - " + std::to_string(money.refunded) + ", folded " +
                 std::to_string(payment->captured) + " - " + std::to_string(payment->refunded),
             findings);
      Expect((periods.contains(id) ? periods.at(id) : 0) == (paid ? 1 : 0), *customer, id + " has not one period", findings);
      Expect(payment->status != "PENDING" || customer->unresolved(), *customer, id + " ends as PENDING/" + payment->detail, findings);
    }
  }
}

void CheckMails(const Scene& scene, int sender_deaths, Findings& findings) {
  Database notifications(scene.stack, "notifications");
  for (const auto& customer : scene.customers) {
    std::map<std::string, int> copies;
    for (const auto& mail : scene.stack.Listing("mail?to=" + customer->email())) {
      const std::string id = mail.at("message_id").get<std::string>();
      copies[id.substr(0, id.find('@'))] += 1;
    }
    std::map<std::string, int> by_template;
    for (const auto& row :
         notifications.Run("SELECT " + Hex("notification_id") + ", template, state, attempt FROM notifications WHERE tenant_id = '" +
                           scene.view.tenant_id() + "' AND user_id = '" + customer->user().substr(4) + "'::uuid")) {
      const auto id = row[0].as<std::string>();
      const auto what = row[1].as<std::string>() + " " + id;
      const auto attempts = row[3].as<int>();
      int count = 0;
      for (auto mail = copies.begin(); mail != copies.end();) {
        const bool own = mail->first.find(id) != std::string::npos;
        if (own) count += mail->second;
        mail = own ? copies.erase(mail) : std::next(mail);
      }
      by_template[row[1].as<std::string>()] += 1;
      const bool sent = row[2].as<std::string>() == "sent";
      // A reminder that became wrong before it went out is ended without a mail.
      Expect(sent ? count >= 1 : row[1].as<std::string>() == "subscription_reminder", *customer,
             what + " is " + row[2].as<std::string>() + " with " + std::to_string(count) + " mails", findings);
      Expect(count <= 1 || (count <= attempts && count - 1 <= sender_deaths), *customer,
             what + " was mailed " + std::to_string(count) + " times in " + std::to_string(attempts) + " attempts, " +
                 std::to_string(sender_deaths) + " deaths",
             findings);
    }
    Expect(copies.empty(), *customer, "got a mail of no notification", findings);
    const bool paid = customer->joined();
    const bool renewed = customer->story() == Story::kRenewing && customer->payments().size() == 2;
    const bool ended = paid && customer->story() != Story::kRefunded;
    const auto told = [&](const std::string& name, int times) {
      Expect(by_template[name] == times, *customer,
             std::to_string(by_template[name]) + " mails of " + name + " instead of " + std::to_string(times), findings);
    };
    told("subscription_activated", paid ? 1 : 0);
    told("subscription_renewed", renewed ? 1 : 0);
    told("refund_succeeded", paid && customer->story() == Story::kRefunded ? 1 : 0);
    if (ended) told("subscription_expired", 1);
  }
}

void CheckEvents(const Scene& scene, const std::vector<e2e::SeenEvent>& events, Findings& findings) {
  const std::string tenant = "ten_" + Replaced(scene.view.tenant_id(), "-", "");
  std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>> sequences;  // by topic and key, in the order of the log
  for (const auto& event : events) {
    const auto of = event.headers.find("ce_tenant");
    if (of == event.headers.end() || of->second != tenant) continue;
    sequences[{event.topic, event.key}].push_back(std::stoll(event.headers.at("ce_sequence")));
  }
  for (const auto& [aggregate, seen] : sequences) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] == static_cast<std::int64_t>(i) + 1) continue;
      std::string all;
      for (const auto sequence : seen) all += " " + std::to_string(sequence);
      findings.push_back("versions of " + aggregate.second + " on " + aggregate.first + " are" + all);
      break;
    }
  }
  const auto last = [&](const std::string& topic, const std::string& key) {
    const auto found = sequences.find({"quittance." + topic + ".v1", key});
    return found == sequences.end() ? 0 : found->second.back();
  };
  for (const auto& customer : scene.customers) {
    const auto same = [&](const std::string& topic, const std::string& key, std::int64_t version) {
      Expect(last(topic, key) == version, *customer,
             key + " is at version " + std::to_string(version) + ", Kafka at " + std::to_string(last(topic, key)), findings);
    };
    for (const auto& id : customer->payments()) {
      if (const auto payment = scene.view.Payment(id)) same("billing", id, payment->version);
    }
    if (const auto subscription = scene.view.SubscriptionOf(customer->user()))
      same("subscriptions", subscription->id, subscription->version);
    if (const auto member = scene.view.MembershipOf(customer->user())) same("subscriptions", member->id, member->version);
  }
}

void CheckNothingLeft(const e2e::Stack& stack, bool, Findings& findings) {
  for (const char* service : {"billing", "subscriptions", "notifications"}) {
    Database database(stack, service);
    const int dead = database.Run("SELECT count(*) FROM dead_letters WHERE state = 'open'").at(0).at(0).as<int>();
    if (dead > 0) findings.push_back(std::to_string(dead) + " dead letters in " + service);
  }
  Database billing(stack, "billing");
  const int parked = billing.Run("SELECT count(*) FROM webhook_deliveries WHERE state = 'parked'").at(0).at(0).as<int>();
  if (parked > 0) findings.push_back(std::to_string(parked) + " webhooks stay parked");
}

}  // namespace quittance::chaos

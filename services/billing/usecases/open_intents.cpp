// Set-based opening of intents. Invariant: a refused item leaves nothing behind, not even its key; keys are claimed in their order,
// payments inserted in the order of their purchases, so that two batches cannot deadlock. What can be known before the claim (prices, a
// pure PSP's answer) is found out first, so that the key is written once, with its reply; for a key that is taken it goes for nothing.
#include "services/billing/usecases/open_intents.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "services/billing/domain/life.h"
#include "services/billing/events.h"
#include "services/billing/store/facts.h"
#include "services/billing/store/invoices.h"
#include "services/billing/store/projections.h"
#include "services/billing/usecases/apply_psp_news.h"

namespace quittance::billing {
namespace {

struct Item {
  const OpenIntent* intent;
  OpenAnswer answer;
  std::optional<Payment> payment;  // while it is still to be inserted
  std::vector<Fact> facts;         // of a pure PSP, folded into the payment
};

TenantId TenantOf(const OpenIntent& intent) { return intent.once.tenant; }

void Refuse(Item& item, Error error) {
  item.answer.kind = OpenAnswer::Kind::kRefused;
  item.answer.error = std::move(error);
  item.answer.reply.reset();
  item.payment.reset();
}

Payment Make(const OpenIntent& intent, Money amount, TimePoint now) {
  Payment payment{.id = intent.payment,
                  .tenant = TenantOf(intent),
                  .user = intent.user,
                  .purpose = intent.purpose,
                  .amount = amount,
                  .status = Status::kPending,
                  .detail = Detail::kCreated,
                  .amounts = {},
                  .attempts = {},
                  .metadata = intent.metadata,
                  .expire_time = now + intent.chosen->psp->intent_life(),
                  .succeed_time = std::nullopt,
                  .fail_time = std::nullopt,
                  .version = 1,
                  .create_time = now,
                  .update_time = now};
  Attempt attempt;
  attempt.id = intent.attempt;
  attempt.connection = intent.chosen->connection.name;
  attempt.psp = intent.chosen->psp->provider();
  attempt.return_url = intent.return_url;
  attempt.method = intent.chosen->method;
  attempt.create_time = now;
  payment.attempts.push_back(std::move(attempt));
  return payment;
}

std::optional<store::InvoiceKey> InvoiceOf(const OpenIntent& intent) {
  if (intent.purpose.kind != PurposeKind::kInvoice) return std::nullopt;
  const auto id = InvoiceId::Parse(intent.purpose.value, "invoice_id");
  CHECK(id);
  return store::InvoiceKey{TenantOf(intent), *id};
}

// What an open invoice of this user asks for. It is not locked: one that is made void meanwhile sends its money back (superseded).
Result<Money> TotalOf(const std::map<store::InvoiceKey, store::InvoiceHead>& invoices, const OpenIntent& intent) {
  const auto found = invoices.find(*InvoiceOf(intent));
  if (found == invoices.end() || found->second.user != intent.user || found->second.status == InvoiceStatus::kVoid) {
    return Precondition(Reason::kOfferNotFound, "no such invoice of this user is to be paid", {{"field", "invoice_id"}});
  }
  const auto& total = found->second.total;
  if (intent.named && !(*intent.named == total)) {
    return Precondition(Reason::kAmountMismatch, "the amount is not the invoice's total",
                        {{"price_minor", std::to_string(total.amount_minor)}, {"price_currency", std::string(total.currency.code())}});
  }
  return total;
}

// Prices and users; those that are not known here yet ask for their owners, once.
void LookUp(db::Tx& tx, std::vector<Item>& items, TimePoint now) {
  std::set<store::OfferKey> offer_keys;
  std::set<store::UserKey> user_keys;
  std::set<store::InvoiceKey> invoice_keys;
  for (const auto& item : items) {
    user_keys.insert({TenantOf(*item.intent), item.intent->user});
    if (item.intent->purpose.kind == PurposeKind::kPlan) offer_keys.insert({TenantOf(*item.intent), item.intent->purpose.value});
    if (const auto key = InvoiceOf(*item.intent)) invoice_keys.insert(*key);
  }
  const auto offers = store::FindOffers(tx, offer_keys);
  const auto users = store::KnownUsers(tx, user_keys);
  const auto invoices = store::FindHeads(tx, invoice_keys);
  for (auto& item : items) {
    const auto& intent = *item.intent;
    const bool plan = intent.purpose.kind == PurposeKind::kPlan;
    const auto offer = plan ? offers.find({TenantOf(intent), intent.purpose.value}) : offers.end();
    const bool known = users.contains({TenantOf(intent), intent.user});
    item.answer.ask_user = !known;
    item.answer.ask_plan = plan && offer == offers.end();
    if ((item.answer.ask_user || item.answer.ask_plan) && !intent.asked) {
      item.answer.kind = OpenAnswer::Kind::kAsk;
      continue;
    }
    if (!known) {
      Refuse(item, Precondition(Reason::kUserUnknown, "auth knows no such user in this tenant"));
      continue;
    }
    const auto price = plan ? PriceOf(offer == offers.end() ? std::nullopt : std::optional(offer->second), intent.named)
                       : intent.purpose.kind == PurposeKind::kInvoice ? TotalOf(invoices, intent)
                                                                      : Result<Money>(*intent.named);
    if (!price) {
      Refuse(item, price.error());
    } else {
      item.payment = Make(intent, *price, now);
    }
  }
}

// A pure PSP's answer, folded before the row is written: the intent has its reply.
void FoldPure(Item& item, TimePoint now) {
  auto& payment = *item.payment;
  auto& attempt = payment.attempts.back();
  const auto& chosen = *item.intent->chosen;
  const auto news = chosen.psp->Instructions(chosen.connection, {"", payment.id, attempt.id, payment.amount, attempt.return_url});
  for (const auto& statement : news.statements) {
    item.facts.push_back(statement.fact);
    item.facts.back().psp_time = now;
  }
  attempt.psp_reference = news.about.psp_reference;
  if (news.next_action) attempt.next_action = *news.next_action;
  const auto folded = FoldOf(payment, item.facts);
  payment.status = folded.status;
  payment.detail = folded.detail;
  attempt.status = folded.attempts.at(attempt.id).status;
  item.answer.reply = events::ReplyOf(payment);
}

Error OpenExists(const store::Inserted& outcome) {
  if (outcome.paid) {
    return Precondition(Reason::kAlreadyPaid, "this purchase is paid", {{"payment_intent_id", outcome.paid->ToString()}});
  }
  std::map<std::string, std::string> metadata;
  if (outcome.open) metadata["payment_intent_id"] = outcome.open->ToString();
  return Precondition(Reason::kOpenPaymentExists, "another intent of this purchase is open", std::move(metadata));
}

void InsertAll(db::Tx& tx, Deps& deps, const std::vector<Item*>& items, TimePoint now) {
  std::vector<Payment> payments;
  std::vector<Item*> owners;
  std::map<PaymentId, const OpenIntent*> intents;
  for (auto* item : items) {
    if (!item->payment) continue;
    intents[item->payment->id] = item->intent;
    payments.push_back(*item->payment);
    owners.push_back(item);
  }
  std::map<PaymentId, Uuid> event_ids;
  const auto outcomes = store::InsertPayments(tx, payments, [&](const Payment& payment) {
    event_ids[payment.id] = deps.ids.Next();
    return events::PaymentChanged(PaymentEvent::kCreated, payment, {event_ids[payment.id], now, intents.at(payment.id)->cause.traceparent});
  });

  std::vector<store::NewAttempt> attempts;
  std::vector<store::NewFact> new_facts;
  std::vector<audit::Entry> audit;
  for (std::size_t i = 0; i < payments.size(); ++i) {
    auto& item = *owners[i];
    if (!outcomes[i].inserted) {
      Refuse(item, OpenExists(outcomes[i]));
      continue;
    }
    const auto& payment = payments[i];
    const bool pure = item.answer.reply.has_value();
    const auto check_at = pure ? std::nullopt : std::optional(now + Duration(kPspLease));
    attempts.push_back({payment.tenant, payment.user, payment.id, payment.attempts.back(), /*leased=*/!pure, check_at});
    for (auto& fact : item.facts) new_facts.push_back({{payment.tenant, payment.id}, payment.user, std::move(fact)});
    audit.push_back({payment.tenant, now, item.intent->cause, "CreatePaymentIntent", payment.id.ToString(), "", event_ids.at(payment.id)});
    item.answer.kind = pure ? OpenAnswer::Kind::kReply : OpenAnswer::Kind::kOpened;
    item.answer.amount = payment.amount;
  }
  store::InsertAttempts(tx, attempts);
  store::InsertFacts(tx, std::move(new_facts), now);
  if (!audit.empty()) audit::Append(tx, audit);
}

// What a claim decided that was not won.
OpenAnswer AnswerOf(const OpenIntent& intent, db::KeyState& state) {
  using Kind = db::KeyState::Kind;
  OpenAnswer answer;
  switch (state.kind) {
    case Kind::kReused:
      answer.kind = OpenAnswer::Kind::kRefused;
      answer.error = db::KeyReused();
      return answer;
    case Kind::kReplay:
      answer.kind = OpenAnswer::Kind::kReply;
      answer.reply = std::move(state.reply);
      // The batch ran again after a commit in doubt: this is the first answer, not a replay.
      if (answer.reply && state.resource == intent.attempt.uuid) answer.reply->replayed = false;
      return answer;
    case Kind::kRunning:
      answer.kind = OpenAnswer::Kind::kRunning;
      answer.resource = state.resource;
      return answer;
    case Kind::kClaimed:
      break;
  }
  CHECK(false);
}

// What is refused or must ask gives its key back.
void ReleaseKeys(db::Tx& tx, const std::vector<Item*>& items) {
  std::vector<db::IdempotentCall> calls;
  std::vector<Uuid> resources;
  for (const auto* item : items) {
    const auto kind = item->answer.kind;
    if (kind != OpenAnswer::Kind::kRefused && kind != OpenAnswer::Kind::kAsk) continue;
    calls.push_back(item->intent->once);
    resources.push_back(item->intent->attempt.uuid);
  }
  db::ReleaseKeys(tx, calls, resources);
}

// Equal keys in one batch: the others answer like the one that claimed.
void FollowTwins(std::span<const OpenIntent> intents, const std::vector<db::KeyState>& states, std::vector<OpenAnswer>& answers) {
  std::map<Uuid, std::size_t> claimed;
  for (std::size_t i = 0; i < intents.size(); ++i) {
    if (states[i].kind == db::KeyState::Kind::kClaimed) claimed[intents[i].attempt.uuid] = i;
  }
  for (auto& answer : answers) {
    if (answer.kind != OpenAnswer::Kind::kRunning || !claimed.contains(answer.resource)) continue;
    const auto& first = answers[claimed.at(answer.resource)];
    if (first.kind == OpenAnswer::Kind::kOpened) continue;
    answer = first;
    if (answer.reply) answer.reply->replayed = true;
  }
}

}  // namespace

std::vector<OpenAnswer> OpenIntents(db::Tx& tx, Deps& deps, std::span<const OpenIntent> intents) {
  const TimePoint now = deps.clock.Now();
  std::vector<Item> items;
  for (const auto& intent : intents) items.push_back({&intent, {}, std::nullopt, {}});
  LookUp(tx, items, now);
  std::vector<db::IdempotentCall> calls;
  std::vector<Uuid> resources;
  std::vector<std::optional<db::Reply>> replies;
  for (auto& item : items) {
    if (item.payment && item.intent->chosen->psp->pure()) FoldPure(item, now);
    calls.push_back(item.intent->once);
    resources.push_back(item.intent->attempt.uuid);
    replies.push_back(item.answer.reply);
  }
  auto states = db::ClaimKeys(tx, calls, resources, replies);

  std::vector<Item*> fresh;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (states[i].kind == db::KeyState::Kind::kClaimed) {
      fresh.push_back(&items[i]);
    } else {
      items[i].answer = AnswerOf(intents[i], states[i]);
    }
  }
  InsertAll(tx, deps, fresh, now);
  ReleaseKeys(tx, fresh);

  std::vector<OpenAnswer> answers;
  for (auto& item : items) answers.push_back(std::move(item.answer));
  FollowTwins(intents, states, answers);
  return answers;
}

}  // namespace quittance::billing

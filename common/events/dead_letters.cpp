// Table dead_letters. Headers are kept as JSON in their order; one that is not plain text is kept in base64 and says so.
#include "common/events/dead_letters.h"

#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/crypto/hmac.h"
#include "common/crypto/random.h"

namespace quittance::events {
namespace {

constexpr std::size_t kMessageMax = 2000;  // characters of an error's text

bool IsText(const std::pair<std::string, std::string>& header) {
  const auto plain = [](const std::string& text) { return IsValidUtf8(text) && text.find('\0') == std::string::npos; };
  return plain(header.first) && plain(header.second);
}

std::string Encode(const std::pair<std::string, std::string>& header, const std::string& part) {
  return IsText(header) ? part : crypto::Base64(part);
}

// PostgreSQL takes only UTF-8 without NUL; an exception's text may be anything.
std::string Printable(std::string text) {
  if (text.size() > kMessageMax) text.resize(kMessageMax);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  while (!text.empty() && !IsValidUtf8(text)) {
    if (text.size() + 4 <= kMessageMax) return "(not text)";
    text.pop_back();  // a character that was cut in two
  }
  return text;
}

}  // namespace

void InsertDeadLetter(db::Tx& tx, const std::string& consumer, const Message& message, const std::optional<Event>& event,
                      const DeadLetter& letter) {
  const auto names = db::ArrayOf(message.headers, [](const auto& h) { return Encode(h, h.first); });
  const auto values = db::ArrayOf(message.headers, [](const auto& h) { return Encode(h, h.second); });
  const auto coded = db::ArrayOf(message.headers, [](const auto& h) { return !IsText(h); });
  std::optional<db::Bytes> key;
  if (message.key) key = db::Bytes{*message.key};
  std::optional<Uuid> event_id;
  std::optional<TenantId> tenant;
  if (event) {
    event_id = event->id;
    tenant = event->tenant;
  }

  const auto stored = tx.Exec(
      R"(INSERT INTO dead_letters (id, tenant_id, consumer, event_id, topic, partition, kafka_offset, key, headers, data, reason, message, tries)
         SELECT $1::uuid, $2::uuid, $3::text, $4::uuid, $5::text, $6::integer, $7::bigint, $8::bytea,
                (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'value', value, 'base64', coded) ORDER BY position), '[]')
                   FROM unnest($9::text[], $10::text[], $11::boolean[]) WITH ORDINALITY AS h (name, value, coded, position)),
                $12::bytea, $13::text, $14::text, $15::integer
         ON CONFLICT DO NOTHING
         RETURNING id)",
      crypto::RandomIds().Next(), tenant, consumer, event_id, message.topic, message.partition, message.offset, key, names, values, coded,
      db::Bytes{message.data}, letter.reason, Printable(letter.message), letter.tries);
  if (!stored.empty()) return;
  const auto same = tx.Exec(R"(SELECT FROM dead_letters WHERE consumer = $1 AND topic = $2 AND partition = $3 AND kafka_offset = $4
                                AND event_id IS NOT DISTINCT FROM $5::uuid AND data = $6::bytea)",
                            consumer, message.topic, message.partition, message.offset, event_id, db::Bytes{message.data});
  if (same.empty()) {
    throw Fault("dead letter at " + message.topic + "[" + std::to_string(message.partition) + "] offset " + std::to_string(message.offset) +
                " belongs to another message of a former topic: replay or drop it first");
  }
}

std::optional<Message> LockDeadLetter(db::Tx& tx, const std::string& consumer, const Uuid& id) {
  const auto rows = tx.Exec(
      "SELECT topic, partition, kafka_offset, key, data FROM dead_letters WHERE id = $1 AND consumer = $2 AND state = 'open' FOR UPDATE",
      id, consumer);
  if (rows.empty()) return std::nullopt;
  const auto row = rows.front();
  Message message;
  message.topic = row.Get<std::string>("topic");
  message.partition = row.Get<int>("partition");
  message.offset = row.Get<std::int64_t>("kafka_offset");
  if (!row.IsNull("key")) message.key = row.Get<db::Bytes>("key").data;
  if (!row.IsNull("data")) message.data = row.Get<db::Bytes>("data").data;
  const auto headers = tx.Exec(
      R"(SELECT h->>'name' AS name, h->>'value' AS value, (h->>'base64')::boolean AS coded
           FROM dead_letters, jsonb_array_elements(headers) WITH ORDINALITY AS e (h, position) WHERE id = $1 ORDER BY position)",
      id);
  for (const auto& header : headers) {
    const auto plain = [&](const char* column) {
      const auto text = header.Get<std::string>(column);
      return header.Get<bool>("coded") ? crypto::UnBase64(text).value_or("") : text;
    };
    message.headers.emplace_back(plain("name"), plain("value"));
  }
  return message;
}

void MarkReplayed(db::Tx& tx, const Uuid& id) { tx.Exec("UPDATE dead_letters SET state = 'replayed' WHERE id = $1", id); }

std::int64_t CountDeadLetters(db::Tx& tx, const std::string& consumer) {
  const auto rows = tx.Exec("SELECT count(*) AS open FROM dead_letters WHERE consumer = $1 AND state = 'open'", consumer);
  return rows.front().Get<std::int64_t>("open");
}

}  // namespace quittance::events

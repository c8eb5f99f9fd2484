// SQL of heard_revocations; a row holds auth's own message.
#include "common/rpc/heard_revocations.h"

#include <stdexcept>

#include "common/rpc/proto_time.h"
#include "common/rpc/trust_state.h"
#include "quittance/auth/v1/auth_events.pb.h"

namespace quittance::rpc {

namespace {

constexpr std::chrono::hours kKeptWithoutEnd{1};  // tokens live 30 min

TimePoint EndOf(const auth::v1::Revocation& revocation, TimePoint now) {
  if (!revocation.has_expire_time()) return now + kKeptWithoutEnd;
  return ReadTime(revocation.expire_time());
}

}  // namespace

void HearRevocation(db::Tx& tx, const Uuid& event, TenantId tenant, std::string_view data, TimePoint now) {
  auth::v1::CredentialsRevoked message;
  if (!message.ParseFromArray(data.data(), static_cast<int>(data.size()))) throw std::runtime_error("a CredentialsRevoked cannot be read");
  if (message.revocation().session_id().empty() && message.revocation().min_epoch() == 0) throw std::runtime_error("it revokes nothing");
  tx.Exec("DELETE FROM heard_revocations WHERE expire_at < $1", now);
  tx.Exec("INSERT INTO heard_revocations (event_id, tenant_id, revocation, expire_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
          event, tenant, db::Bytes{message.revocation().SerializeAsString()}, EndOf(message.revocation(), now));
}

HeardRevocations FindHeardRevocations(db::Tx& tx, const std::string& cursor, TimePoint now) {
  // A cursor from the future belongs to a database that was replaced by an older copy.
  const db::Rows snapshot = tx.Exec(
      "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS next,"
      " CASE WHEN $1::text = '' OR $1::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) THEN '0' ELSE $1::text END AS since",
      cursor);
  HeardRevocations heard{.cursor = snapshot.front().Get<std::string>("next"), .revocations = {}};
  auth::v1::PollTrustResponse wire;
  for (const db::Row& row : tx.Exec("SELECT revocation FROM heard_revocations WHERE changed_by >= $1::xid8 AND expire_at > $2",
                                    snapshot.front().Get<std::string>("since"), now)) {
    if (!wire.add_revocations()->ParseFromString(row.Get<db::Bytes>("revocation").data)) wire.mutable_revocations()->RemoveLast();
  }
  heard.revocations = FromWire(wire).revocations;
  return heard;
}

}  // namespace quittance::rpc

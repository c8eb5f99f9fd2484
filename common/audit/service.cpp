// The rpcs of AuditService. A page token holds a position of the trail where other lists hold an id.
#include "common/audit/service.h"

#include "common/audit/audit.h"
#include "common/core/page.h"
#include "common/core/text.h"
#include "common/db/database.h"
#include "common/rpc/proto_time.h"
#include "quittance/common/v1/audit.grpc.pb.h"

namespace quittance::audit {
namespace {

namespace wire = quittance::common::v1;

constexpr int kPageMax = 500;
constexpr std::size_t kFilterMax = 255;

Uuid ToUuid(std::int64_t position) {
  Uuid uuid;
  for (std::size_t i = 0; i < 8; ++i) uuid.bytes[15 - i] = static_cast<std::uint8_t>(position >> (8 * i));
  return uuid;
}

std::int64_t ToPosition(const Uuid& uuid) {
  std::int64_t position = 0;
  for (std::size_t i = 8; i < 16; ++i) position = position << 8 | uuid.bytes[i];
  return position;
}

wire::AuditEntry ToWire(const Row& row) {
  wire::AuditEntry entry;
  entry.set_id("aud_" + row.entry_id.Hex());
  rpc::SetTime(entry.mutable_create_time(), row.entry.time);
  entry.set_actor(row.entry.cause.actor);
  entry.set_action(row.entry.action);
  entry.set_subject(row.entry.subject);
  entry.set_detail(row.entry.detail);
  if (row.entry.event != Uuid{}) entry.set_event_id(row.entry.event.Hex());
  return entry;
}

Task<Result<wire::ListAuditEntriesResponse>> ListAuditEntries(db::Database& db, Caller caller, wire::ListAuditEntriesRequest request) {
  auto subject = CheckText(request.subject(), "subject", 0, kFilterMax);
  if (!subject.ok()) co_return subject.error();
  auto action = CheckText(request.action(), "action", 0, kFilterMax);
  if (!action.ok()) co_return action.error();
  auto page = ParsePage(request.page_size(), request.page_token(), kPageMax);
  if (!page) co_return page.error();
  const Filter filter{request.subject(), request.action()};
  const std::int64_t after = page->after ? ToPosition(*page->after) : 0;
  const int limit = page->size;
  const TenantId tenant = caller.tenant;
  auto rows = co_await db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) { return List(tx, tenant, filter, after, limit); });
  wire::ListAuditEntriesResponse listed;
  for (const Row& row : rows) *listed.add_audit_entries() = ToWire(row);
  if (!rows.empty()) listed.set_next_page_token(NextPageToken(*page, rows.size(), ToUuid(rows.back().id)));
  co_return listed;
}

class Service final : public wire::AuditService::CallbackService {
 public:
  Service(db::Database& db, rpc::Edge& edge) : db_(db), edge_(edge) {}

  grpc::ServerUnaryReactor* ListAuditEntries(grpc::CallbackServerContext* context, const wire::ListAuditEntriesRequest* request,
                                             wire::ListAuditEntriesResponse* response) override {
    return rpc::Handle(
        edge_, context, request, response,
        [this](const rpc::Call& call, const wire::ListAuditEntriesRequest& r) -> Task<Result<wire::ListAuditEntriesResponse>> {
          auto listed = co_await audit::ListAuditEntries(db_, call.caller, r);
          co_return listed;
        });
  }

 private:
  db::Database& db_;
  rpc::Edge& edge_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAuditService(db::Database& db, rpc::Edge& edge) { return std::make_unique<Service>(db, edge); }

}  // namespace quittance::audit

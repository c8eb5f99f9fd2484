// A page token is `<index of the list>:<the list's own token>`.
#include "common/person/service.h"

#include <google/protobuf/util/json_util.h>

#include <charconv>

#include "common/audit/audit.h"
#include "common/core/check.h"
#include "common/db/database.h"
#include "common/rpc/proto_time.h"
#include "quittance/common/v1/audit.pb.h"
#include "quittance/common/v1/person.grpc.pb.h"

namespace quittance::person {
namespace {

namespace wire = quittance::common::v1;

constexpr std::string_view kSomebody = "somebody";
constexpr std::string_view kUserPrefix = "usr_";

bool IsSomebodyElse(const std::string& id, const std::string& person) { return id.starts_with(kUserPrefix) && id != person; }

// What was done to other people is theirs: only that something was done stays.
std::string ToRecord(const audit::Row& row, const std::string& person) {
  const audit::Entry& entry = row.entry;
  const bool of_another = IsSomebodyElse(entry.subject, person);
  wire::AuditEntry out;
  out.set_id("aud_" + row.entry_id.Hex());
  rpc::SetTime(out.mutable_create_time(), entry.time);
  out.set_actor(IsSomebodyElse(entry.cause.actor, person) ? std::string(kSomebody) : entry.cause.actor);
  out.set_action(entry.action);
  out.set_subject(of_another ? std::string(kSomebody) : entry.subject);
  if (!of_another) out.set_detail(entry.detail);
  return ToJson(out);
}

Task<Result<Page>> ReadAudit(db::Database& db, Caller person, std::string token) {
  std::int64_t after = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), after);
  if (!token.empty() && (error != std::errc() || end != token.data() + token.size())) {
    co_return InvalidField("page_token", "must be from an earlier answer");
  }
  const TenantId tenant = person.tenant;
  const auto rows = co_await db.Transact(db::Scope::Of(tenant),
                                         [&](db::Tx& tx) { return audit::ListAbout(tx, tenant, person.subject, after, kPageSize); });
  Page page;
  for (const audit::Row& row : rows) page.records.push_back(ToRecord(row, person.subject));
  if (rows.size() == static_cast<std::size_t>(kPageSize)) page.next_page_token = std::to_string(rows.back().id);
  co_return page;
}

Task<Result<wire::ExportPersonResponse>> ExportPerson(const Lists& lists, Result<TenantId> tenant, wire::ExportPersonRequest request) {
  if (!tenant) co_return tenant.error();
  const auto user = UserId::Parse(request.user_id(), "user_id");
  if (!user) co_return user.error();
  Caller person = AsPerson(*tenant, *user);
  std::string token = request.page_token();
  auto piece = co_await ReadPiece(lists, std::move(person), std::move(token));
  if (!piece) co_return piece.error();
  wire::ExportPersonResponse response;
  for (std::string& json : piece->page.records) {
    auto& record = *response.add_records();
    record.set_kind(piece->kind);
    record.set_json(std::move(json));
  }
  response.set_next_page_token(piece->page.next_page_token);
  co_return response;
}

class Service final : public wire::PersonService::CallbackService {
 public:
  Service(rpc::Edge& edge, Lists lists) : edge_(edge), lists_(std::move(lists)) {}

  grpc::ServerUnaryReactor* ExportPerson(grpc::CallbackServerContext* context, const wire::ExportPersonRequest* request,
                                         wire::ExportPersonResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const wire::ExportPersonRequest& r) {
      return person::ExportPerson(lists_, call.TenantFor(r.tenant_id()), r);
    });
  }

 private:
  rpc::Edge& edge_;
  const Lists lists_;
};

}  // namespace

Caller AsPerson(TenantId tenant, UserId user) {
  Caller person;
  person.kind = Caller::Kind::kUser;
  person.tenant = tenant;
  person.subject = user.ToString();
  person.user = user;
  return person;
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) throw Fault("a record cannot be written as JSON");
  return json;
}

List AuditEntries(db::Database& db) {
  return {"audit_entries", [&db](Caller person, std::string token) { return ReadAudit(db, std::move(person), std::move(token)); }};
}

Task<Result<Piece>> ReadPiece(const Lists& lists, Caller person, std::string token) {
  std::size_t index = 0;
  const std::size_t colon = token.find(':');
  if (!token.empty()) {
    const auto [end, error] = std::from_chars(token.data(), token.data() + std::min(colon, token.size()), index);
    if (colon == std::string::npos || error != std::errc() || end != token.data() + colon || index >= lists.size()) {
      co_return InvalidField("page_token", "must be from an earlier answer");
    }
  }
  CHECK(index < lists.size());
  const List& list = lists[index];
  std::string inner = token.empty() ? std::string() : token.substr(colon + 1);
  auto page = co_await list.read(std::move(person), std::move(inner));
  if (!page) co_return page.error();
  Piece piece{.kind = list.kind, .page = std::move(*page)};
  if (!piece.page.next_page_token.empty()) {
    piece.page.next_page_token = std::to_string(index) + ":" + piece.page.next_page_token;
  } else if (index + 1 < lists.size()) {
    piece.page.next_page_token = std::to_string(index + 1) + ":";
  }
  co_return piece;
}

std::unique_ptr<grpc::Service> MakePersonService(rpc::Edge& edge, Lists lists) { return std::make_unique<Service>(edge, std::move(lists)); }

}  // namespace quittance::person

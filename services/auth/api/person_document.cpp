// Lists are read one after the other: an export is rare, and a page at a time is all that other processes have to hold.
#include "services/auth/api/person_document.h"

#include <google/protobuf/struct.pb.h>

#include "common/person/service.h"
#include "common/rpc/channel.h"
#include "quittance/common/v1/person.grpc.pb.h"
#include "services/auth/api/session_view.h"
#include "services/auth/usecases/factors.h"
#include "services/auth/usecases/get_user.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using common::v1::ExportPersonRequest;
using common::v1::ExportPersonResponse;
using common::v1::PersonService;

constexpr std::chrono::milliseconds kPeerTimeout{5000};

// Records of one kind follow one another, so the text is written once from front to end.
class Writer {
 public:
  Writer(const std::string& tenant, const std::string& user) : text_(R"({"tenant_id":")" + tenant + R"(","user_id":")" + user + "\"") {}

  void Begin(const std::string& service) {
    text_ += ",\"" + service + "\":{";
    kind_.clear();
  }
  void Add(const std::string& kind, const std::string& json) {
    if (kind == kind_) {
      text_ += ",\n";
    } else {
      if (!kind_.empty()) text_ += "],\n";
      text_ += "\"" + kind + "\":[\n";
      kind_ = kind;
    }
    text_ += json;
  }
  void End() { text_ += kind_.empty() ? "}\n" : "]}\n"; }
  std::string Finish() { return std::move(text_) + "}\n"; }

  bool too_large() const { return text_.size() > kDocumentBytesMax; }

 private:
  std::string text_;
  std::string kind_;  // of the list that is open
};

Error TooLarge() { return {Code::kResourceExhausted, Reason::kOverloaded, "the document would be larger than 32 MiB"}; }

Task<Result<person::Page>> AccountOf(Deps& deps, Caller caller, std::string) {
  const std::string id = caller.subject;
  GetUserQuery query{std::move(caller), id, ""};
  const auto user = co_await auth::GetUser(deps, std::move(query));
  if (!user) co_return user.error();
  person::Page page;
  page.records.push_back(person::ToJson(wire::ToProto(*user)));
  co_return page;
}

Task<Result<person::Page>> SessionsOf(Deps& deps, Caller caller, std::string token) {
  ListSessionsQuery query{std::move(caller), person::kPageSize, std::move(token)};
  const auto list = co_await auth::ListSessions(deps, std::move(query));
  if (!list) co_return list.error();
  co_return person::ToPage(list->sessions, list->next_page_token, SessionToProto);
}

Task<Result<person::Page>> FactorsOf(Deps& deps, Caller caller, std::string) {
  const auto list = co_await auth::ListFactors(deps, std::move(caller));
  if (!list) co_return list.error();
  co_return person::ToPage(list->factors, "", [](const Factor& each) { return wire::ToProto(each); });
}

std::string ToText(TimePoint at) {
  google::protobuf::Timestamp stamp;
  rpc::SetTime(&stamp, at);
  return google::protobuf::util::TimeUtil::ToString(stamp);
}

google::protobuf::Struct ToDevice(const DeviceView& device) {
  google::protobuf::Struct out;
  auto& fields = *out.mutable_fields();
  fields["id"].set_string_value("dev_" + device.id.Hex());
  fields["create_time"].set_string_value(ToText(device.created));
  fields["see_time"].set_string_value(ToText(device.seen));
  return out;
}

google::protobuf::Struct ToIdentity(const IdentityView& identity) {
  google::protobuf::Struct out;
  auto& fields = *out.mutable_fields();
  fields["provider"].set_string_value(identity.provider);
  fields["create_time"].set_string_value(ToText(identity.created));
  return out;
}

Task<Result<person::Page>> DevicesOf(Deps& deps, Caller caller, std::string) {
  const auto devices = co_await auth::ListDevices(deps, std::move(caller));
  if (!devices) co_return devices.error();
  co_return person::ToPage(*devices, "", ToDevice);
}

Task<Result<person::Page>> IdentitiesOf(Deps& deps, Caller caller, std::string) {
  const auto identities = co_await auth::ListIdentities(deps, std::move(caller));
  if (!identities) co_return identities.error();
  co_return person::ToPage(*identities, "", ToIdentity);
}

person::Lists OwnLists(Deps& deps) {
  const auto list = [&deps](std::string kind, Task<Result<person::Page>> (*read)(Deps&, Caller, std::string)) -> person::List {
    return {std::move(kind), [&deps, read](Caller caller, std::string token) { return read(deps, std::move(caller), std::move(token)); }};
  };
  return {list("account", AccountOf), list("sessions", SessionsOf),     list("factors", FactorsOf),
          list("devices", DevicesOf), list("identities", IdentitiesOf), person::AuditEntries(deps.db)};
}

struct Peer {
  std::string name;
  std::unique_ptr<PersonService::Stub> stub;
};

// Every refusal is a fault: a process of ours that answers so cannot be asked.
Task<ExportPersonResponse> AskPage(const Peer& peer, const ExportPersonRequest& request, const std::string& token) {
  const rpc::Starter<ExportPersonRequest, ExportPersonResponse> start =
      [&peer](grpc::ClientContext* context, const ExportPersonRequest* req, ExportPersonResponse* res,
              std::function<void(grpc::Status)> done) { peer.stub->async()->ExportPerson(context, req, res, std::move(done)); };
  const Cause cause{.actor = "system:auth", .traceparent = {}};
  ExportPersonResponse page;
  const grpc::Status status =
      co_await rpc::Exchange<ExportPersonRequest, ExportPersonResponse>(start, request, page, token, cause, kPeerTimeout);
  if (!status.ok()) throw Fault(peer.name + " gave no page of a person's data: " + std::string(rpc::CodeName(status.error_code())));
  co_return page;
}

Task<void> AddPeer(Deps& deps, const Peer& peer, const User& user, Writer& writer) {
  const std::string token = co_await IssueOwnToken(deps);
  ExportPersonRequest request;
  request.set_tenant_id(user.facts.tenant.ToString());
  request.set_user_id(user.facts.id.ToString());
  do {
    const ExportPersonResponse page = co_await AskPage(peer, request, token);
    for (const auto& record : page.records()) writer.Add(record.kind(), record.json());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && !writer.too_large());
}

}  // namespace

struct PersonDocument::Impl {
  Deps& deps;
  const person::Lists own;
  std::vector<Peer> peers;
};

PersonDocument::PersonDocument(Deps& deps, const PeerTargets& targets) : impl_(new Impl{deps, OwnLists(deps), {}}) {
  const auto add = [this](std::string name, const std::string& target) {
    impl_->peers.push_back({std::move(name), PersonService::NewStub(rpc::MakeChannel(target))});
  };
  add("billing", targets.billing);
  add("subscriptions", targets.subscriptions);
  add("notifications", targets.notifications);
}

PersonDocument::~PersonDocument() = default;

Task<Result<std::string>> PersonDocument::Collect(User user) const {
  Writer writer(user.facts.tenant.ToString(), user.facts.id.ToString());
  writer.Begin("auth");
  std::string token;
  do {
    Caller caller = person::AsPerson(user.facts.tenant, user.facts.id);
    const auto piece = co_await person::ReadPiece(impl_->own, std::move(caller), std::move(token));
    if (!piece) co_return piece.error();
    for (const std::string& json : piece->page.records) writer.Add(piece->kind, json);
    token = piece->page.next_page_token;
  } while (!token.empty() && !writer.too_large());
  writer.End();
  for (const Peer& peer : impl_->peers) {
    writer.Begin(peer.name);
    co_await AddPeer(impl_->deps, peer, user, writer);
    writer.End();
    if (writer.too_large()) co_return TooLarge();
  }
  co_return writer.Finish();
}

}  // namespace quittance::auth::api

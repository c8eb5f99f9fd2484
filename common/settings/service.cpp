// The rpcs of SettingsService: shapes in, use cases, shapes out.
#include "common/settings/service.h"

#include <google/protobuf/timestamp.pb.h>

#include "common/rpc/proto_time.h"
#include "common/settings/changes.h"
#include "quittance/common/v1/settings.grpc.pb.h"

namespace quittance::settings {
namespace {

namespace wire = quittance::common::v1;

wire::PendingChange ToWire(const Change& change) {
  wire::PendingChange pending;
  pending.set_id(change.id.ToString());
  pending.set_key(change.key);
  pending.set_kind(change.deletes ? wire::PendingChange::DELETE : wire::PendingChange::PUT);
  pending.set_proposed_by(change.proposed_by);
  rpc::SetTime(pending.mutable_propose_time(), change.propose_time);
  return pending;
}

wire::Setting ToWire(const View& view) {
  wire::Setting setting;
  setting.set_key(view.key);
  setting.set_value(view.value);
  setting.set_is_set(view.is_set);
  setting.set_secret(view.secret);
  setting.set_last_four(view.last_four);
  setting.set_key_id(view.key_id);
  setting.set_updated_by(view.updated_by);
  setting.set_etag(view.etag);
  if (view.is_set) rpc::SetTime(setting.mutable_update_time(), view.updated_at);
  if (view.pending) *setting.mutable_pending_change() = ToWire(*view.pending);
  return setting;
}

class Service final : public wire::SettingsService::CallbackService {
 public:
  Service(Settings& settings, db::Database& db, rpc::Edge& edge, const Clock& clock)
      : settings_(settings), db_(db), edge_(edge), clock_(clock) {}

  grpc::ServerUnaryReactor* ListSettings(grpc::CallbackServerContext* context, const wire::ListSettingsRequest* request,
                                         wire::ListSettingsResponse* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call& call, const wire::ListSettingsRequest& r) -> Task<Result<wire::ListSettingsResponse>> {
                         auto views = co_await settings::ListSettings(settings_, db_, call.caller, r.prefix());
                         if (!views) co_return views.error();
                         wire::ListSettingsResponse listed;
                         for (const View& view : *views) *listed.add_settings() = ToWire(view);
                         co_return listed;
                       });
  }

  grpc::ServerUnaryReactor* GetSetting(grpc::CallbackServerContext* context, const wire::GetSettingRequest* request,
                                       wire::Setting* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call& call, const wire::GetSettingRequest& r) -> Task<Result<wire::Setting>> {
                         auto view = co_await settings::GetSetting(settings_, db_, call.caller, r.key());
                         if (!view) co_return view.error();
                         co_return ToWire(*view);
                       });
  }

  grpc::ServerUnaryReactor* PutSetting(grpc::CallbackServerContext* context, const wire::PutSettingRequest* request,
                                       wire::Setting* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call& call, const wire::PutSettingRequest& r) -> Task<Result<db::Reply>> {
                         PutSettingCommand command{call.caller, call.cause, call.once, r.key(), r.value(), r.etag()};
                         auto reply = co_await settings::PutSetting(settings_, db_, std::move(command), clock_.Now(), &Encoded);
                         co_return reply;
                       });
  }

  grpc::ServerUnaryReactor* DeleteSetting(grpc::CallbackServerContext* context, const wire::DeleteSettingRequest* request,
                                          wire::Setting* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call& call, const wire::DeleteSettingRequest& r) -> Task<Result<db::Reply>> {
                         DeleteSettingCommand command{call.caller, call.cause, call.once, r.key(), r.etag(), r.validate_only()};
                         auto reply = co_await settings::DeleteSetting(settings_, db_, std::move(command), clock_.Now(), &Encoded);
                         co_return reply;
                       });
  }

  grpc::ServerUnaryReactor* ApproveChange(grpc::CallbackServerContext* context, const wire::ApproveChangeRequest* request,
                                          wire::Setting* response) override {
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call& call, const wire::ApproveChangeRequest& r) -> Task<Result<db::Reply>> {
                         ApproveChangeCommand command{call.caller, call.cause, call.once, r.pending_change_id()};
                         auto reply = co_await settings::ApproveChange(settings_, db_, std::move(command), clock_.Now(), &Encoded);
                         co_return reply;
                       });
  }

  grpc::ServerUnaryReactor* ListPendingChanges(grpc::CallbackServerContext* context, const wire::ListPendingChangesRequest* request,
                                               wire::ListPendingChangesResponse* response) override {
    using Response = wire::ListPendingChangesResponse;
    return rpc::Handle(edge_, context, request, response,
                       [this](const rpc::Call& call, const wire::ListPendingChangesRequest&) -> Task<Result<Response>> {
                         const auto changes = co_await settings::ListPendingChanges(db_, call.caller, clock_.Now());
                         Response listed;
                         for (const Change& change : changes) *listed.add_pending_changes() = ToWire(change);
                         co_return listed;
                       });
  }

 private:
  static std::string Encoded(const View& view) { return ToWire(view).SerializeAsString(); }

  Settings& settings_;
  db::Database& db_;
  rpc::Edge& edge_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSettingsService(Settings& settings, db::Database& db, rpc::Edge& edge, const Clock& clock) {
  return std::make_unique<Service>(settings, db, edge, clock);
}

}  // namespace quittance::settings

// AccountService: what people do with their own account.
#include "common/rpc/handle.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/person_document.h"
#include "services/auth/api/services.h"
#include "services/auth/api/session_view.h"
#include "services/auth/usecases/erase_user.h"
#include "services/auth/usecases/factors.h"
#include "services/auth/usecases/get_user.h"
#include "services/auth/usecases/manage_users.h"
#include "services/auth/usecases/sessions.h"
#include "services/auth/usecases/sms.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::ListFactorsResponse ToProto(const FactorList& list) {
  v1::ListFactorsResponse out;
  for (const Factor& factor : list.factors) *out.add_factors() = wire::ToProto(factor);
  out.set_recovery_codes(list.recovery_codes);
  return out;
}

v1::User ToUser(const User& user) { return wire::ToProto(user); }

Task<Result<v1::ListSessionsResponse>> Sessions(Task<Result<SessionList>> work, std::optional<SessionId> current) {
  const auto list = co_await std::move(work);
  if (!list) co_return list.error();
  v1::ListSessionsResponse out;
  for (const SessionView& view : list->sessions) {
    v1::Session& each = *out.add_sessions();
    each = SessionToProto(view);
    each.set_current(view.session.id == current);
  }
  out.set_next_page_token(list->next_page_token);
  co_return out;
}

class AccountApi final : public v1::AccountService::CallbackService {
 public:
  AccountApi(rpc::Edge& edge, Deps& deps, const PersonDocument& person)
      : edge_(edge), deps_(deps), collect_([&person](User user) { return person.Collect(std::move(user)); }) {}

  ServerUnaryReactor* GetMe(CallbackServerContext* context, const v1::GetMeRequest* request, v1::User* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GetMeRequest&) {
      return Answer(auth::GetUser(deps_, {call.caller, call.caller.subject, ""}), ToUser);
    });
  }

  ServerUnaryReactor* UpdateMe(CallbackServerContext* context, const v1::UpdateMeRequest* request, v1::User* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::UpdateMeRequest& r) {
      UpdateMeCommand command{{call.caller, call.cause, call.once, call.caller.subject}, std::nullopt, std::nullopt};
      if (r.has_locale()) command.locale = r.locale();
      if (r.has_phone()) command.phone = r.phone();
      return auth::UpdateMe(deps_, std::move(command));
    });
  }

  ServerUnaryReactor* ListSessions(CallbackServerContext* context, const v1::ListSessionsRequest* request,
                                   v1::ListSessionsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListSessionsRequest& r) {
      return Sessions(auth::ListSessions(deps_, {call.caller, r.page_size(), r.page_token()}), call.caller.session);
    });
  }

  ServerUnaryReactor* RevokeSession(CallbackServerContext* context, const v1::RevokeSessionRequest* request,
                                    v1::RevokeSessionResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RevokeSessionRequest& r) {
      return auth::RevokeSession(deps_, {call.caller, call.cause, call.once, r.session_id()});
    });
  }

  ServerUnaryReactor* RevokeAllSessions(CallbackServerContext* context, const v1::RevokeAllSessionsRequest* request,
                                        v1::RevokeAllSessionsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RevokeAllSessionsRequest&) {
      return auth::RevokeAllSessions(deps_, {call.caller, call.cause, call.once});
    });
  }

  ServerUnaryReactor* RequestErasure(CallbackServerContext* context, const v1::RequestErasureRequest* request,
                                     v1::RequestErasureResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RequestErasureRequest&) {
      return auth::RequestErasure(deps_, {call.caller, call.cause, call.once, ""});
    });
  }

  grpc::ServerWriteReactor<v1::ExportMyDataResponse>* ExportMyData(CallbackServerContext* context,
                                                                   const v1::ExportMyDataRequest* request) override {
    using Stream = rpc::Stream<v1::ExportMyDataResponse>;
    return rpc::HandleStream<v1::ExportMyDataResponse>(
        edge_, context, request, [this](const rpc::Call& call, const v1::ExportMyDataRequest&, Stream& stream) {
          return Send<v1::ExportMyDataResponse>(auth::ExportMyData(deps_, {call.caller, call.cause}, collect_), stream);
        });
  }

  ServerUnaryReactor* ListFactors(CallbackServerContext* context, const v1::ListFactorsRequest* request,
                                  v1::ListFactorsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListFactorsRequest&) {
      return Answer(auth::ListFactors(deps_, call.caller), ToProto);
    });
  }

  ServerUnaryReactor* EnrollTotp(CallbackServerContext* context, const v1::EnrollTotpRequest* request,
                                 v1::EnrollTotpResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::EnrollTotpRequest&) {
      return auth::EnrollTotp(deps_, {call.caller, call.cause, call.once});
    });
  }

  ServerUnaryReactor* ConfirmTotp(CallbackServerContext* context, const v1::ConfirmTotpRequest* request, v1::Factor* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ConfirmTotpRequest& r) {
      return auth::ConfirmTotp(deps_, {call.caller, call.cause, call.once, r.factor_id(), r.code()});
    });
  }

  ServerUnaryReactor* EnrollSms(CallbackServerContext* context, const v1::EnrollSmsRequest* request,
                                v1::EnrollSmsResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::EnrollSmsRequest&) {
      return auth::EnrollSms(deps_, {call.caller, call.cause, call.once});
    });
  }

  ServerUnaryReactor* ConfirmSms(CallbackServerContext* context, const v1::ConfirmSmsRequest* request, v1::Factor* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ConfirmSmsRequest& r) {
      return auth::ConfirmSms(deps_, {call.caller, call.cause, call.once, r.factor_id(), r.code()});
    });
  }

  ServerUnaryReactor* RemoveFactor(CallbackServerContext* context, const v1::RemoveFactorRequest* request,
                                   v1::RemoveFactorResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RemoveFactorRequest& r) {
      return auth::RemoveFactor(deps_, {call.caller, call.cause, call.once, r.factor_id()});
    });
  }

  ServerUnaryReactor* GenerateRecoveryCodes(CallbackServerContext* context, const v1::GenerateRecoveryCodesRequest* request,
                                            v1::GenerateRecoveryCodesResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GenerateRecoveryCodesRequest&) {
      return auth::GenerateRecoveryCodes(deps_, {call.caller, call.cause, call.once});
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
  const CollectPerson collect_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAccountService(rpc::Edge& edge, Deps& deps, const PersonDocument& person) {
  return std::make_unique<AccountApi>(edge, deps, person);
}

}  // namespace quittance::auth::api

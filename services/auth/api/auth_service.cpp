// AuthService: tokens for people and machines.
#include "common/rpc/handle.h"
#include "common/rpc/proto_time.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "services/auth/api/answer.h"
#include "services/auth/api/services.h"
#include "services/auth/usecases/exchange_client_credentials.h"
#include "services/auth/usecases/login.h"
#include "services/auth/usecases/login_with_id_token.h"
#include "services/auth/usecases/logout.h"
#include "services/auth/usecases/magic_link.h"
#include "services/auth/usecases/passwords.h"
#include "services/auth/usecases/refresh_token.h"
#include "services/auth/usecases/sign_up.h"
#include "services/auth/usecases/sms.h"
#include "services/auth/usecases/verify_email.h"
#include "services/auth/usecases/verify_mfa.h"
#include "services/auth/wire.h"

namespace quittance::auth::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::TokenPair ToProto(const TokenPair& tokens) {
  v1::TokenPair out;
  out.set_access_token(tokens.access_token);
  out.set_refresh_token(tokens.refresh_token);
  out.set_expires_in(tokens.expires_in);
  out.set_scope(tokens.scope);
  return out;
}

v1::LoginResponse ToLogin(const LoginReply& reply) {
  v1::LoginResponse out;
  if (reply.tokens) *out.mutable_tokens() = ToProto(*reply.tokens);
  out.set_device_token(reply.device_token);
  if (!reply.mfa) return out;
  out.mutable_mfa()->set_mfa_token(reply.mfa->token);
  for (const std::string& method : reply.mfa->methods) out.mutable_mfa()->add_methods(method);
  rpc::SetTime(out.mutable_mfa()->mutable_expire_time(), reply.mfa->expires);
  return out;
}

class AuthApi final : public v1::AuthService::CallbackService {
 public:
  AuthApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* SignUp(CallbackServerContext* context, const v1::SignUpRequest* request, v1::SignUpResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::SignUpRequest& r) {
      return Done<v1::SignUpResponse>(auth::SignUp(deps_, {call.cause, r.tenant(), r.email(), Secret(r.password()), r.locale()}));
    });
  }

  ServerUnaryReactor* VerifyEmail(CallbackServerContext* context, const v1::VerifyEmailRequest* request,
                                  v1::VerifyEmailResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::VerifyEmailRequest& r) {
      return Done<v1::VerifyEmailResponse>(auth::VerifyEmail(deps_, {call.cause, r.token()}));
    });
  }

  ServerUnaryReactor* Login(CallbackServerContext* context, const v1::LoginRequest* request, v1::LoginResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::LoginRequest& r) {
      return Answer(
          auth::Login(deps_, {call.cause, r.tenant(), r.email(), Secret(r.password()), r.device_token(), call.client_address_hash}),
          ToLogin);
    });
  }

  ServerUnaryReactor* VerifyMfa(CallbackServerContext* context, const v1::VerifyMfaRequest* request, v1::LoginResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::VerifyMfaRequest& r) {
      return Answer(auth::VerifyMfa(deps_, {call.cause, r.mfa_token(), r.code(), r.device_token()}), ToLogin);
    });
  }

  ServerUnaryReactor* SendMfaCode(CallbackServerContext* context, const v1::SendMfaCodeRequest* request,
                                  v1::SendMfaCodeResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::SendMfaCodeRequest& r) {
      return Done<v1::SendMfaCodeResponse>(auth::SendMfaCode(deps_, {call.cause, r.mfa_token()}));
    });
  }

  ServerUnaryReactor* RequestPasswordReset(CallbackServerContext* context, const v1::RequestPasswordResetRequest* request,
                                           v1::RequestPasswordResetResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RequestPasswordResetRequest& r) {
      return Done<v1::RequestPasswordResetResponse>(auth::RequestPasswordReset(deps_, {call.cause, r.tenant(), r.email()}));
    });
  }

  ServerUnaryReactor* RequestMagicLink(CallbackServerContext* context, const v1::RequestMagicLinkRequest* request,
                                       v1::RequestMagicLinkResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RequestMagicLinkRequest& r) {
      return Done<v1::RequestMagicLinkResponse>(auth::RequestMagicLink(deps_, {call.cause, r.tenant(), r.email(), r.nonce()}));
    });
  }

  ServerUnaryReactor* LoginWithMagicLink(CallbackServerContext* context, const v1::LoginWithMagicLinkRequest* request,
                                         v1::LoginResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::LoginWithMagicLinkRequest& r) {
      return Answer(auth::LoginWithMagicLink(deps_, {call.cause, r.token(), r.nonce(), r.device_token()}), ToLogin);
    });
  }

  ServerUnaryReactor* LoginWithIdToken(CallbackServerContext* context, const v1::LoginWithIdTokenRequest* request,
                                       v1::LoginResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::LoginWithIdTokenRequest& r) {
      return Answer(auth::LoginWithIdToken(deps_, {call.cause, r.tenant(), r.provider(), r.id_token(), r.nonce(), r.device_token()}),
                    ToLogin);
    });
  }

  ServerUnaryReactor* ResetPassword(CallbackServerContext* context, const v1::ResetPasswordRequest* request,
                                    v1::ResetPasswordResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ResetPasswordRequest& r) {
      return Done<v1::ResetPasswordResponse>(auth::ResetPassword(deps_, {call.cause, r.token(), Secret(r.new_password())}));
    });
  }

  ServerUnaryReactor* ChangePassword(CallbackServerContext* context, const v1::ChangePasswordRequest* request,
                                     v1::ChangePasswordResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ChangePasswordRequest& r) {
      return auth::ChangePassword(deps_, {call.caller, call.cause, call.once, Secret(r.current_password()), Secret(r.new_password())});
    });
  }

  ServerUnaryReactor* RefreshToken(CallbackServerContext* context, const v1::RefreshTokenRequest* request,
                                   v1::TokenPair* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::RefreshTokenRequest& r) {
      return Answer(auth::RefreshToken(deps_, {call.cause, r.refresh_token()}), ToProto);
    });
  }

  ServerUnaryReactor* Logout(CallbackServerContext* context, const v1::LogoutRequest* request, v1::LogoutResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::LogoutRequest&) {
      return Done<v1::LogoutResponse>(auth::Logout(deps_, {call.caller, call.cause}));
    });
  }

  ServerUnaryReactor* ExchangeClientCredentials(CallbackServerContext* context, const v1::ExchangeClientCredentialsRequest* request,
                                                v1::TokenPair* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call&, const v1::ExchangeClientCredentialsRequest& r) {
      return Answer(auth::ExchangeClientCredentials(deps_, {r.client_id(), Secret(r.client_secret()), r.scope()}), ToProto);
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAuthService(rpc::Edge& edge, Deps& deps) { return std::make_unique<AuthApi>(edge, deps); }

}  // namespace quittance::auth::api

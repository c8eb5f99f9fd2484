// A session as its person sees it.
#pragma once

#include "common/rpc/proto_time.h"
#include "quittance/auth/v1/auth.pb.h"
#include "services/auth/usecases/sessions.h"

namespace quittance::auth::api {

inline v1::Session SessionToProto(const SessionView& view) {
  v1::Session out;
  out.set_id(view.session.id.ToString());
  for (const std::string& method : view.session.amr) out.add_amr(method);
  rpc::SetTime(out.mutable_create_time(), view.session.created);
  rpc::SetTime(out.mutable_use_time(), view.used);
  rpc::SetTime(out.mutable_expire_time(), view.session.expires);
  return out;
}

}  // namespace quittance::auth::api

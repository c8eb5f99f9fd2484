// The mapping, field by field.
#include "services/notifications/wire.h"

#include "common/rpc/proto_time.h"

namespace quittance::notifications::wire {
namespace {

v1::Notification::Status ToProto(State state) {
  switch (state) {
    case State::kPending:
      return v1::Notification::PENDING;
    case State::kSent:
      return v1::Notification::SENT;
    case State::kFailed:
      return v1::Notification::FAILED;
    case State::kLogged:
      return v1::Notification::LOGGED;
  }
  return v1::Notification::STATUS_UNSPECIFIED;
}

}  // namespace

v1::Notification ToProto(const Notification& n) {
  v1::Notification out;
  out.set_id(n.id.ToString());
  out.set_user_id(n.user.ToString());
  out.set_channel(n.channel);
  out.set_template_(n.template_name);
  out.set_locale(n.locale);
  out.set_status(ToProto(n.state));
  out.set_attempts(n.tries);
  out.set_last_error(n.last_error);
  out.set_dedupe_key(n.dedupe_key);
  out.set_version(n.version);
  rpc::SetTime(out.mutable_create_time(), n.created);
  if (n.sent) rpc::SetTime(out.mutable_send_time(), *n.sent);
  return out;
}

Result<std::optional<State>> ReadStatus(v1::Notification::Status status, std::string_view field) {
  switch (status) {
    case v1::Notification::STATUS_UNSPECIFIED:
      return std::optional<State>();
    case v1::Notification::PENDING:
      return std::optional(State::kPending);
    case v1::Notification::SENT:
      return std::optional(State::kSent);
    case v1::Notification::FAILED:
      return std::optional(State::kFailed);
    case v1::Notification::LOGGED:
      return std::optional(State::kLogged);
    default:
      return InvalidField(std::string(field), "must be a status that exists");
  }
}

}  // namespace quittance::notifications::wire

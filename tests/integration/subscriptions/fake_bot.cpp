// See fake_bot.h.
#include "tests/integration/subscriptions/fake_bot.h"

#include <algorithm>

namespace quittance::subscriptions {
namespace {

BotAnswer Done(std::string value = {}) { return {.kind = BotAnswer::Kind::kDone, .value = std::move(value), .error = {}}; }

}  // namespace

std::optional<BotAnswer> FakeBot::Enter(const std::string& method, const std::string& chat, const std::string& account,
                                        const std::string& argument) {
  std::function<void()> hook;
  {
    std::lock_guard lock(mutex_);
    calls.push_back({method, chat, account, argument});
    if (auto found = hooks_.find(method); found != hooks_.end()) {
      hook = std::move(found->second);
      hooks_.erase(found);
    }
  }
  if (hook) hook();
  std::lock_guard lock(mutex_);
  auto& queue = failures_[method];
  if (queue.empty()) return std::nullopt;
  BotAnswer answer = queue.front();
  queue.pop_front();
  return answer;
}

Task<BotAnswer> FakeBot::UnbanMember(BotChat chat, std::string account, bool only_if_banned) {
  const auto refused = Enter(only_if_banned ? "lift_ban" : "remove", chat.chat, account);
  if (refused) co_return *refused;
  std::lock_guard lock(mutex_);
  if (!only_if_banned) members[chat.chat][account] = "left";
  co_return Done();
}

Task<BotAnswer> FakeBot::CreateJoinRequestLink(BotChat chat, std::string name, TimePoint) {
  const auto refused = Enter("create_link", chat.chat, "", name);
  if (refused) co_return *refused;
  std::lock_guard lock(mutex_);
  const std::string link = "https://t.me/+link" + std::to_string(next_link_++);
  links.insert(link);
  co_return Done(link);
}

Task<BotAnswer> FakeBot::RevokeLink(BotChat chat, std::string link) {
  const auto refused = Enter("revoke_link", chat.chat, "", link);
  if (refused) co_return *refused;
  std::lock_guard lock(mutex_);
  links.erase(link);
  co_return Done();
}

Task<BotAnswer> FakeBot::ApproveJoinRequest(BotChat chat, std::string account) {
  const auto refused = Enter("approve", chat.chat, account);
  if (refused) co_return *refused;
  std::lock_guard lock(mutex_);
  if (pending[chat.chat].erase(account) == 0) co_return BotAnswer{.kind = BotAnswer::Kind::kNotPending, .value = {}, .error = {}};
  members[chat.chat][account] = "member";
  co_return Done();
}

Task<BotAnswer> FakeBot::DeclineJoinRequest(BotChat chat, std::string account) {
  const auto refused = Enter("decline", chat.chat, account);
  if (refused) co_return *refused;
  std::lock_guard lock(mutex_);
  pending[chat.chat].erase(account);
  co_return Done();
}

Task<BotAnswer> FakeBot::GetMember(BotChat chat, std::string account) {
  const auto refused = Enter("get_member", chat.chat, account);
  if (refused) co_return *refused;
  std::lock_guard lock(mutex_);
  const auto& status = members[chat.chat][account];
  co_return Done(status.empty() ? "left" : status);
}

Task<BotAnswer> FakeBot::SendMessage(BotChat chat, std::string text) {
  const auto refused = Enter("send", chat.chat, "", text);
  if (refused) co_return *refused;
  std::lock_guard lock(mutex_);
  messages[chat.chat].push_back(text);
  co_return Done();
}

Task<BotAnswer> FakeBot::GetName(Secret) {
  const auto refused = Enter("get_name", "", "");
  if (refused) co_return *refused;
  co_return Done("calmness_bot");
}

void FakeBot::FailNext(const std::string& method, BotAnswer::Kind kind, const std::string& value) {
  std::lock_guard lock(mutex_);
  failures_[method].push_back({.kind = kind, .value = value, .error = "told_to_fail", .retry_after = std::chrono::seconds(1)});
}

void FakeBot::Before(const std::string& method, std::function<void()> hook) {
  std::lock_guard lock(mutex_);
  hooks_[method] = std::move(hook);
}

int FakeBot::Calls(const std::string& method) const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(calls.begin(), calls.end(), [&](const Call& call) { return call.method == method; }));
}

void FakeBot::Clear() {
  std::lock_guard lock(mutex_);
  calls.clear();
  members.clear();
  pending.clear();
  links.clear();
  messages.clear();
  failures_.clear();
  hooks_.clear();
  next_link_ = 1;
}

}  // namespace quittance::subscriptions

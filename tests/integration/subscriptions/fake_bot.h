// Telegram as far as the Bot port goes, in memory: chats, links, join requests, members. Keeps every call, fails when told to.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "services/subscriptions/membership/bot.h"

namespace quittance::subscriptions {

class FakeBot final : public Bot {
 public:
  Task<BotAnswer> UnbanMember(BotChat chat, std::string account, bool only_if_banned) override;
  Task<BotAnswer> CreateJoinRequestLink(BotChat chat, std::string name, TimePoint expires) override;
  Task<BotAnswer> RevokeLink(BotChat chat, std::string link) override;
  Task<BotAnswer> ApproveJoinRequest(BotChat chat, std::string account) override;
  Task<BotAnswer> DeclineJoinRequest(BotChat chat, std::string account) override;
  Task<BotAnswer> GetMember(BotChat chat, std::string account) override;
  Task<BotAnswer> SendMessage(BotChat chat, std::string text) override;
  Task<BotAnswer> GetName(Secret token) override;

  // The next call of this method answers so instead of acting.
  void FailNext(const std::string& method, BotAnswer::Kind kind, const std::string& value = "");
  // Runs right before the next call of this method acts.
  void Before(const std::string& method, std::function<void()> hook);
  void Ask(const std::string& chat, const std::string& account) { pending[chat].insert(account); }

  int Calls(const std::string& method) const;
  void Clear();

  struct Call {
    std::string method, chat, account, argument;
  };
  std::vector<Call> calls;
  std::map<std::string, std::map<std::string, std::string>> members;  // chat -> account -> status
  std::map<std::string, std::set<std::string>> pending;
  std::set<std::string> links;                               // live
  std::map<std::string, std::vector<std::string>> messages;  // chat -> texts

 private:
  std::optional<BotAnswer> Enter(const std::string& method, const std::string& chat, const std::string& account,
                                 const std::string& argument = "");

  mutable std::mutex mutex_;
  std::map<std::string, std::deque<BotAnswer>> failures_;
  std::map<std::string, std::function<void()>> hooks_;
  int next_link_ = 1;
};

}  // namespace quittance::subscriptions

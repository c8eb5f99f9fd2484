// Bots, chats, links and parameters of the Bot API, and their JSON.
#pragma once

#include <map>
#include <set>

#include "tests/sandbox/state.h"

namespace quittance::sandbox {

struct Bot {
  std::int64_t id;
  std::string token;
  std::string username;
  std::string url = {};
  std::string secret_token = {};
  std::optional<std::set<std::string>> allowed_updates = {};  // as asked; unset: Telegram's default
  std::int64_t next_update = 1;
  std::set<std::int64_t> started = {};               // who may be written to
  std::set<std::int64_t> blocked = {};               // who blocked the bot
  std::map<std::int64_t, std::int64_t> window = {};  // until when a join request lets the bot write

  Json User() const;
  bool Wants(const std::string& kind) const;  // `chat_member` only when it was named
};

struct InviteLink {
  std::string url;
  Bot* creator;
  std::string name = {};
  std::int64_t expire_date = 0;   // 0: never
  std::int64_t member_limit = 0;  // 0: none
  bool creates_join_request = false;
  bool is_revoked = false;
  std::set<std::int64_t> joined = {};

  Json Shown() const;
};

struct Chat {
  std::int64_t id;
  std::map<Bot*, std::string> bots = {};  // administrator, left, kicked
  std::deque<InviteLink> links = {};
  std::map<std::int64_t, std::string> members = {};  // user -> status; absent: left
  std::map<std::int64_t, InviteLink*> pending = {};  // join requests
  std::set<std::int64_t> handled = {};               // whose request was answered once

  Json Shown() const;
  std::string Status(std::int64_t user) const;
};

// Parameters of a call: query, form or JSON.
class BotParams {
 public:
  static std::optional<BotParams> Read(const http::ServerRequest& request);
  std::string Text(const std::string& name) const;
  std::optional<std::int64_t> Integer(const std::string& name) const;
  bool Flag(const std::string& name, bool fallback = false) const;
  Json Value(const std::string& name) const;  // null if missing; a form's JSON text is parsed

 private:
  Json values_ = Json::object();
};

Json UserObject(std::int64_t id);
http::ServerResponse BotResult(const Json& result);
http::ServerResponse BotError(int code, const std::string& description, const Json& parameters = {});

}  // namespace quittance::sandbox

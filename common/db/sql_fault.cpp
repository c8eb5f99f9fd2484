// SQLSTATE by SQLSTATE: what is retried, what is a fault of the database, and what is a bug of ours.
#include "common/db/sql_fault.h"

#include <algorithm>

#include "common/db/connection.h"

namespace quittance::db {

namespace {

constexpr std::size_t kStatementShown = 160;

// The constraint in `… violates unique constraint "name"`: the last quoted word, whatever the server's language.
std::string QuotedName(std::string_view message) {
  const std::size_t line_end = std::min(message.find('\n'), message.size());
  const std::string_view line = message.substr(0, line_end);
  const std::size_t end = line.rfind('"');
  if (end == std::string_view::npos || end == 0) return "";
  const std::size_t begin = line.rfind('"', end - 1);
  return begin == std::string_view::npos ? "" : std::string(line.substr(begin + 1, end - begin - 1));
}

std::string Explain(const std::string& sqlstate, std::string_view statement) {
  return "SQLSTATE " + sqlstate + " in: " + std::string(statement.substr(0, kStatementShown));
}

}  // namespace

bool ConnectionEnds(std::string_view sqlstate) { return sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "25P03"; }

bool PlanChanged(std::string_view sqlstate, std::string_view message) {
  return sqlstate == "0A000" && message.find("cached plan") != std::string_view::npos;
}

void ThrowSqlFault(const std::string& sqlstate, std::string_view message, std::string_view statement) {
  const std::string text = Explain(sqlstate, statement);
  if (sqlstate == "23505") throw UniqueViolation(QuotedName(message), text + " (" + QuotedName(message) + ")");
  if (sqlstate == "55P03") throw LockTimeout(text);
  // Cancelled or timed out (57), out of disk, memory or connections (53), I/O (58), read-only after a failover (25006).
  if (sqlstate.starts_with("57") || sqlstate.starts_with("53") || sqlstate.starts_with("58") || sqlstate == "25006") throw Fault(text);
  // Only integrity errors name something of ours alone: table and constraint.
  throw SqlError(sqlstate, sqlstate.starts_with("23") ? text + " (" + QuotedName(message) + ")" : text);
}

std::string ConnectUrl(const Secret& url) {
  const std::string_view text = url.Reveal();
  if (!text.starts_with("postgresql://") && !text.starts_with("postgres://")) throw Fault("a database URL must begin with postgresql://");
  std::string full(text);
  // A peer that is gone must not hold a worker for the kernel's many minutes.
  for (const char* parameter : {"connect_timeout=3", "tcp_user_timeout=10000"}) {
    const std::string_view name = std::string_view(parameter).substr(0, std::string_view(parameter).find('=') + 1);
    if (full.find(name) != std::string::npos) continue;
    full += full.find('?') == std::string::npos ? '?' : '&';
    full += parameter;
  }
  return full;
}

std::string ConnectFault(std::string_view message) {
  const std::string_view safe[] = {"connection to server", "server closed the connection", "timeout expired",
                                   "could not translate host name"};
  const bool shown = std::any_of(std::begin(safe), std::end(safe), [&](std::string_view words) { return message.starts_with(words); });
  // Anything else may quote the URL, and the URL holds the password.
  if (!shown) return "no connection to the database: the URL, the host or the role is not usable";
  return std::string(message.substr(0, std::min(message.find('\n'), message.size())));
}

}  // namespace quittance::db

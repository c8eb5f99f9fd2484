// What an SQLSTATE means to us. Invariant: no value of a statement gets into a text (a server's message may quote one).
#pragma once

#include <string>
#include <string_view>

#include "common/core/secret.h"

namespace quittance::db {

// The server is going away or sent us away: class 08, 57P01 to 57P05.
bool ConnectionEnds(std::string_view sqlstate);

// A migration changed a table that a prepared statement reads.
bool PlanChanged(std::string_view sqlstate, std::string_view message);

// Throws UniqueViolation, LockTimeout, Fault or SqlError. (Class 40 comes from pqxx as a type of its own.)
[[noreturn]] void ThrowSqlFault(const std::string& sqlstate, std::string_view message, std::string_view statement);

// The URL with our timeouts where it has none; throws Fault without showing it.
std::string ConnectUrl(const Secret& url);

// libpq's words on a connection that could not be made, if they are safe to show.
std::string ConnectFault(std::string_view message);

}  // namespace quittance::db

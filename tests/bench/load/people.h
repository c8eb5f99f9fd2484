// Load on auth: logins of a crowd of people, rotations of refresh tokens, a small read beside them.
// Invariant: a login or a rotation is a success only with tokens that are new; nobody has two of them under way at once.
#pragma once

#include "tests/bench/load/calls.h"

namespace quittance::bench {

// People of the tenant until there are `count`, with an address each and no password; and one who signs up with the password of the flood,
// whose hash the others get (sql/people.sql).
void MakePeople(e2e::Stack& stack, const Tenant& tenant, int count);

// Logins of the first `people` of them, each from an address of its own. A login that is told to come again does so when it was told to,
// until the load ends: then it is given up with the reason "over". The report has more: `tries`, and `told_to_wait` by reason.
Json LogIn(const Tenant& tenant, const CallLoad& load, const Offer& offer, int people);

// Rotates the refresh tokens that stand in `file`, one a line, each session in its turn.
Json RotateTokens(const Tenant& tenant, const CallLoad& load, const Offer& offer, const std::string& file);

// GetUser of the tenant's first user: a read that touches auth's database.
Json GetUsers(const std::vector<Tenant>& fleet, const CallLoad& load, const Offer& offer);

}  // namespace quittance::bench

// What must hold when everything is quiet, whatever died on the way. Each check gives its findings in words; none: it holds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/chaos/customer.h"
#include "tests/e2e/event_tail.h"

namespace quittance::chaos {

struct Scene {
  e2e::Stack& stack;
  const e2e::TenantSetup& tenant;
  View& view;
  const std::vector<std::unique_ptr<Customer>>& customers;
};

using Findings = std::vector<std::string>;

// What still moves, or is stuck, in any database; empty: quiet. Rows that wait for a person after a stored 500 are no matter.
std::string WhatMoves(const e2e::Stack& stack, bool with_unresolved);

// In the channel = has a paid running period.
void CheckChannel(const Scene& scene, Findings& findings);
// One payment per key; one charge per paid payment; money folded = money at the PSP; one period per payment.
void CheckMoney(const Scene& scene, Findings& findings);
// One Message-ID per effect, and one copy unless notifications died in between.
void CheckMails(const Scene& scene, int sender_deaths, Findings& findings);
// Versions of every aggregate are on Kafka without a gap, in order, one event each, up to what the database has.
void CheckEvents(const Scene& scene, const std::vector<e2e::SeenEvent>& events, Findings& findings);
// Nothing parked, dead or given up.
void CheckNothingLeft(const e2e::Stack& stack, bool with_unresolved, Findings& findings);

}  // namespace quittance::chaos

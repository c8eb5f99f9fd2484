// Rows of approvals: one person's word that waits for a second one's.
#pragma once

#include <string>

#include "common/db/tx.h"

namespace quittance::billing::store {

struct Proposal {
  TenantId tenant;
  std::string action;   // the use case
  std::string subject;  // the thing's id
  std::string content;  // SHA-256 of what is confirmed: 32 bytes
  std::string by;       // usr_… or svc_…
  TimePoint time;
};

// The proposal that stands for this action and subject, locked against a second look.
std::optional<Proposal> LockProposal(db::Tx& tx, TenantId tenant, const std::string& action, const std::string& subject);
// Over whatever stood there.
void PutProposal(db::Tx& tx, const Proposal& proposal);
void DeleteProposal(db::Tx& tx, const Proposal& proposal);

}  // namespace quittance::billing::store

// SQL of approvals. Invariant: two first words at once meet at the primary key; one of them becomes the second look.
#include "services/billing/store/approvals.h"

namespace quittance::billing::store {

std::optional<Proposal> LockProposal(db::Tx& tx, TenantId tenant, const std::string& action, const std::string& subject) {
  const auto rows =
      tx.Exec("SELECT content, proposed_by, propose_time FROM approvals WHERE tenant_id = $1 AND action = $2 AND subject = $3 FOR UPDATE",
              tenant, action, subject);
  if (rows.empty()) return std::nullopt;
  const auto row = rows.front();
  return Proposal{
      tenant, action, subject, row.Get<db::Bytes>("content").data, row.Get<std::string>("proposed_by"), row.Get<TimePoint>("propose_time")};
}

void PutProposal(db::Tx& tx, const Proposal& proposal) {
  tx.Exec(
      "INSERT INTO approvals (tenant_id, action, subject, content, proposed_by, propose_time) VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (tenant_id, action, subject) DO UPDATE SET content = excluded.content, proposed_by = excluded.proposed_by, "
      "propose_time = excluded.propose_time",
      proposal.tenant, proposal.action, proposal.subject, db::Bytes{proposal.content}, proposal.by, proposal.time);
}

void DeleteProposal(db::Tx& tx, const Proposal& proposal) {
  tx.Exec("DELETE FROM approvals WHERE tenant_id = $1 AND action = $2 AND subject = $3", proposal.tenant, proposal.action,
          proposal.subject);
}

}  // namespace quittance::billing::store

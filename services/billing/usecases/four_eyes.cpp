// The subject's row is locked by the caller, so that two words about one thing come one after the other.
#include "services/billing/usecases/four_eyes.h"

#include "common/audit/audit.h"
#include "common/crypto/hmac.h"
#include "services/billing/store/approvals.h"

namespace quittance::billing {
namespace {

void Audit(db::Tx& tx, const Confirmation& c, const std::string& action, const std::string& detail, TimePoint now) {
  audit::Append(tx, {c.caller.tenant, now, c.cause, action, c.subject, detail, {}});
}

}  // namespace

Result<Word> Say(db::Tx& tx, const Confirmation& confirmation, TimePoint now) {
  const auto content = std::string(crypto::AsView(crypto::Sha256(confirmation.content)));
  const store::Proposal word{
      confirmation.caller.tenant, confirmation.action, confirmation.subject, content, confirmation.caller.subject, now};
  const auto first = store::LockProposal(tx, word.tenant, word.action, word.subject);
  const bool stands = first && first->content == content && first->time + kProposalLife > now;
  if (!stands) {
    store::PutProposal(tx, word);
    Audit(tx, confirmation, "Propose" + confirmation.action, "", now);
    return Word::kFirst;
  }
  if (first->by == word.by) {
    return Error{Code::kPermissionDenied, Reason::kPermissionDenied, "this is confirmed already by the same person: a second one must"};
  }
  store::DeleteProposal(tx, *first);
  Audit(tx, confirmation, confirmation.action, "{\"proposed_by\":\"" + first->by + "\"}", now);
  return Word::kSecond;
}

}  // namespace quittance::billing

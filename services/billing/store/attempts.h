// Rows of attempts: one try at one PSP each, with the lease of whoever calls the PSP for it.
#pragma once

#include "services/billing/store/payments.h"

namespace quittance::billing::store {

// The call that one process makes: nobody else calls while the lease runs, and only its holder completes it.
struct Lease {
  int number = 0;
};

struct NewAttempt {
  TenantId tenant;
  UserId user;
  PaymentId payment;
  Attempt attempt;
  bool leased = false;                // the creator calls the PSP right away
  std::optional<TimePoint> check_at;  // when somebody else looks after it
};
void InsertAttempts(db::Tx& tx, std::span<const NewAttempt> attempts);

// Oldest first, by payment.
std::map<PaymentKey, std::vector<Attempt>> FindAttempts(db::Tx& tx, const std::set<PaymentKey>& keys);

struct AttemptUpdate {
  TenantId tenant;
  Attempt attempt;
  std::optional<TimePoint> check_at;  // for an unknown one
  std::string request_signature;      // empty: stays
};
void UpdateAttempts(db::Tx& tx, std::span<const AttemptUpdate> updates);

// Takes the lease of an attempt whose key still waits for a reply; nullopt while another holds it.
std::optional<Lease> LeaseAttempt(db::Tx& tx, TenantId tenant, AttemptId attempt, std::chrono::seconds lease);
// Who has taken it.
struct HeldLease {
  TenantId tenant;
  AttemptId attempt;
  Lease lease;
};
// Gives them back; which of them were held still: of the others somebody else has called since.
std::set<AttemptId> ReleaseAttempts(db::Tx& tx, std::span<const HeldLease> held);
inline bool ReleaseAttempt(db::Tx& tx, TenantId tenant, AttemptId attempt, Lease lease) {
  const HeldLease one{tenant, attempt, lease};
  return !ReleaseAttempts(tx, std::span(&one, 1)).empty();
}

// Attempts that a PSP did not answer and that are due, leased (system role). `checks` counts this look.
struct DueAttempt {
  PaymentKey payment;
  AttemptId attempt;
  Lease lease;
  int checks = 0;
};
std::vector<DueAttempt> ClaimDueAttempts(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit);
// The next look, or none any more.
void SetAttemptCheck(db::Tx& tx, TenantId tenant, AttemptId attempt, std::optional<TimePoint> check_at);
// This look asked nobody and does not count.
void PutOffCheck(db::Tx& tx, TenantId tenant, AttemptId attempt, TimePoint check_at);

std::optional<PaymentId> PaymentOf(db::Tx& tx, TenantId tenant, AttemptId attempt);

// Which attempts PSPs' references belong to.
struct Reference {
  TenantId tenant;
  std::string connection;
  std::string psp_reference;

  auto operator<=>(const Reference&) const = default;
};
struct Owner {
  PaymentId payment;
  AttemptId attempt;
};
std::map<Reference, Owner> FindByReference(db::Tx& tx, const std::set<Reference>& references);

}  // namespace quittance::billing::store

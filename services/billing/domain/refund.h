// What may be given back, and what is given back by itself. Pure rules over a locked payment and its refunds.
#pragma once

#include <functional>
#include <span>

#include "services/billing/domain/fold.h"

namespace quittance::billing {

inline constexpr std::string_view kReasonSurplus = "surplus";        // captured beyond the amount
inline constexpr std::string_view kReasonSuperseded = "superseded";  // late money of an intent that another has replaced
inline constexpr std::string_view kReasonConflicted = "conflicted";  // an operator gave conflicted money back
inline constexpr std::string_view kReasonPsp = "psp";                // somebody asked for it at the PSP
inline constexpr std::size_t kRefundReasonMax = 200;

// Opens a refund of `amount` (nullopt: everything that is left), from the capture that still has it.
// FAILED_PRECONDITION: STATE_CONFLICT (no money here), REFUND_EXCEEDS_CAPTURE; INVALID_ARGUMENT: another currency.
Result<Refund> OpenRefund(const Payment& payment, const Folded& folded, std::span<const Refund> refunds, RefundId id,
                          std::optional<Money> amount, std::string reason, TimePoint now);

// The refund this house owes by itself: surplus, or all money of a superseded payment. Once: money whose own refund failed is left to a
// person.
std::optional<Refund> OwedRefund(const Payment& payment, const Folded& folded, std::span<const Refund> refunds, RefundId id, TimePoint now);

// Everything that still stands of conflicted money: one refund for each attempt and currency. `next_id` makes their ids.
std::vector<Refund> ConflictRefunds(const Payment& payment, const Folded& folded, std::span<const Refund> refunds,
                                    const std::function<RefundId()>& next_id, TimePoint now);

}  // namespace quittance::billing

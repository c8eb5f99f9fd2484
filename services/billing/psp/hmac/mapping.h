// Webhooks of PSPs that spell the same things otherwise: which member of theirs is which of ours, and which of their types is which of
// ours, both from settings. Invariant: it renames and nothing else; what the result means is the codec's business.
#pragma once

#include "services/billing/psp/json_fwd.h"
#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::hmac {

// psp.*.field_map: `ours=path`, separated by commas or line feeds, a path's members by dots: "reference=data.transaction.id". Ours: id,
// type, reference, payment_id, amount_minor (or `amount`, a decimal text), currency, created (unix seconds or RFC 3339), refund_id,
// refund_reference, dispute_id, status, reason, code.
// psp.*.type_map: `theirs=ours`: "charge.paid=payment.succeeded".
std::optional<std::vector<std::pair<std::string, std::string>>> ParseMap(std::string_view text);
std::optional<std::string> FieldMapProblem(std::string_view text);
std::optional<std::string> TypeMapProblem(std::string_view text);

// The webhook in our spelling; itself where the connection maps nothing.
Json Mapped(const Connection& connection, const Json& webhook);

}  // namespace quittance::billing::psp::hmac

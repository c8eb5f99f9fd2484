// What billing keeps about a person: payments, refunds, disputes, invoices, payment methods (no token), and the audit trail about them.
#pragma once

#include "common/person/service.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

person::Lists PersonLists(Deps& deps);

}  // namespace quittance::billing::api

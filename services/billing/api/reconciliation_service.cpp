// Shapes in, use cases, shapes out.
#include "services/billing/api/reconciliation_service.h"

#include "common/core/text.h"
#include "services/billing/api/convert.h"
#include "services/billing/usecases/reconcile.h"
#include "services/billing/wire.h"

namespace quittance::billing::api {
namespace {

constexpr std::size_t kResolutionMax = 500;

Result<RunReconciliationCommand> ToCommand(const rpc::Call& call, const v1::RunReconciliationRequest& request) {
  if (request.connection().empty()) return InvalidField("connection", "is required");
  if (auto ok = CheckConnection(request.connection()); !ok) return ok.error();
  RunReconciliationCommand command{call.caller, call.cause, call.once, request.connection(), kHourlyLook};
  if (request.days() != 0) command.look = std::chrono::days(request.days());
  if (request.days() < 0 || command.look > kLookMax) return InvalidField("days", "must be 1 to 120");
  return command;
}

Result<ListDiscrepanciesQuery> ToQuery(const rpc::Call& call, const v1::ListDiscrepanciesRequest& request) {
  const auto page = ParsePage(request.page_size(), request.page_token());
  if (!page) return page.error();
  if (auto ok = CheckConnection(request.connection()); !ok) return ok.error();
  ListDiscrepanciesQuery query{call.caller, request.connection(), std::nullopt, *page};
  if (request.state() == v1::Discrepancy::STATE_UNSPECIFIED) return query;
  if (!v1::Discrepancy::State_IsValid(request.state())) return InvalidField("state", "must be a state of a discrepancy");
  query.state = static_cast<DiscrepancyState>(request.state());
  return query;
}

Result<ResolveDiscrepancyCommand> ToCommand(const rpc::Call& call, const v1::ResolveDiscrepancyRequest& request) {
  const auto id = DiscrepancyId::Parse(request.discrepancy_id(), "discrepancy_id");
  if (!id) return id.error();
  if (auto ok = CheckText(request.resolution(), "resolution", 1, kResolutionMax, true); !ok) return ok.error();
  return ResolveDiscrepancyCommand{call.caller, call.cause, call.once, *id, request.resolution()};
}

}  // namespace

using Reactor = ReconciliationService::Reactor;

Reactor* ReconciliationService::RunReconciliation(Context* context, const v1::RunReconciliationRequest* request,
                                                  v1::ReconciliationRun* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::RunReconciliationRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::RunReconciliation(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* ReconciliationService::ListDiscrepancies(Context* context, const v1::ListDiscrepanciesRequest* request,
                                                  v1::ListDiscrepanciesResponse* response) {
  using Response = v1::ListDiscrepanciesResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListDiscrepanciesRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(call, r);
                       if (!query) co_return query.error();
                       auto page = co_await billing::ListDiscrepancies(deps_, std::move(*query));
                       if (!page) co_return page.error();
                       Response list;
                       for (const auto& found : page->discrepancies) *list.add_discrepancies() = ToWire(found);
                       list.set_next_page_token(page->next_page_token);
                       co_return list;
                     });
}

Reactor* ReconciliationService::ResolveDiscrepancy(Context* context, const v1::ResolveDiscrepancyRequest* request,
                                                   v1::Discrepancy* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ResolveDiscrepancyRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::ResolveDiscrepancy(deps_, std::move(*command));
                       co_return reply;
                     });
}

}  // namespace quittance::billing::api

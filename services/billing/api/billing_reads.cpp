// The rpcs of BillingService that list, watch and export: each method converts, calls its use case, converts back.
#include "services/billing/api/billing_service.h"
#include "services/billing/api/convert_reads.h"
#include "services/billing/wire.h"

namespace quittance::billing::api {

using Reactor = BillingService::Reactor;

Reactor* BillingService::ListRefunds(Context* context, const v1::ListRefundsRequest* request, v1::ListRefundsResponse* response) {
  using Response = v1::ListRefundsResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListRefundsRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(call, r);
                       if (!query) co_return query.error();
                       auto page = co_await billing::ListRefunds(deps_, std::move(*query));
                       if (!page) co_return page.error();
                       Response list;
                       for (const auto& refund : page->refunds) *list.add_refunds() = ToWire(refund);
                       list.set_next_page_token(page->next_page_token);
                       co_return list;
                     });
}

Reactor* BillingService::GetDispute(Context* context, const v1::GetDisputeRequest* request, v1::Dispute* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::GetDisputeRequest& r) -> Task<Result<v1::Dispute>> {
                       const auto id = DisputeId::Parse(r.dispute_id(), "dispute_id");
                       if (!id) co_return id.error();
                       auto dispute = co_await billing::GetDispute(deps_, call.caller, *id);
                       if (!dispute) co_return dispute.error();
                       co_return ToWire(*dispute);
                     });
}

Reactor* BillingService::ListDisputes(Context* context, const v1::ListDisputesRequest* request, v1::ListDisputesResponse* response) {
  using Response = v1::ListDisputesResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListDisputesRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(call, r);
                       if (!query) co_return query.error();
                       auto page = co_await billing::ListDisputes(deps_, std::move(*query));
                       if (!page) co_return page.error();
                       Response list;
                       for (const auto& dispute : page->disputes) *list.add_disputes() = ToWire(dispute);
                       list.set_next_page_token(page->next_page_token);
                       co_return list;
                     });
}

grpc::ServerWriteReactor<v1::PaymentIntent>* BillingService::WatchPaymentIntent(Context* context,
                                                                                const v1::WatchPaymentIntentRequest* request) {
  using Stream = rpc::Stream<v1::PaymentIntent>;
  return rpc::HandleStream<v1::PaymentIntent>(
      edge_, context, request, [this](const rpc::Call& call, const v1::WatchPaymentIntentRequest& r, Stream& stream) -> Task<Result<void>> {
        auto query = ToQuery(call, r);
        if (!query) co_return query.error();
        const EmitPayment emit = [&stream](Payment payment) { return stream.Write(ToWire(payment, View::kCaller)); };
        const std::function<bool()> gone = [&stream] { return stream.gone(); };
        auto end = co_await billing::WatchPaymentIntent(deps_, *query, emit, gone);
        co_return end;
      });
}

Reactor* BillingService::GetPaymentTimeline(Context* context, const v1::GetPaymentTimelineRequest* request, v1::PaymentTimeline* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::GetPaymentTimelineRequest& r) -> Task<Result<v1::PaymentTimeline>> {
                       const auto id = PaymentId::Parse(r.payment_intent_id(), "payment_intent_id");
                       if (!id) co_return id.error();
                       auto timeline = co_await billing::GetPaymentTimeline(deps_, call.caller, *id);
                       if (!timeline) co_return timeline.error();
                       co_return ToWire(*timeline);
                     });
}

grpc::ServerWriteReactor<v1::ExportPaymentsResponse>* BillingService::ExportPayments(Context* context,
                                                                                     const v1::ExportPaymentsRequest* request) {
  using Stream = rpc::Stream<v1::ExportPaymentsResponse>;
  return rpc::HandleStream<v1::ExportPaymentsResponse>(
      edge_, context, request, [this](const rpc::Call& call, const v1::ExportPaymentsRequest& r, Stream& stream) -> Task<Result<void>> {
        auto query = ToQuery(call, r);
        if (!query) co_return query.error();
        const EmitText emit = [&stream](std::string text) {
          v1::ExportPaymentsResponse piece;
          piece.set_csv(std::move(text));
          return stream.Write(std::move(piece));
        };
        auto end = co_await billing::ExportPayments(deps_, *query, emit);
        co_return end;
      });
}

}  // namespace quittance::billing::api

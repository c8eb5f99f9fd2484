// PlanService: what is sold.
#include "common/rpc/handle.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"
#include "services/subscriptions/api/answer.h"
#include "services/subscriptions/api/services.h"
#include "services/subscriptions/usecases/create_plan.h"
#include "services/subscriptions/usecases/get_plan.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions::api {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

v1::Plan ToProto(const Plan& plan) { return wire::ToProto(plan); }

v1::ListPlansResponse ToList(const PlanPage& page) {
  v1::ListPlansResponse out;
  for (const auto& plan : page.plans) *out.add_plans() = wire::ToProto(plan);
  out.set_next_page_token(page.next_page_token);
  return out;
}

PlanDraft ToDraft(const v1::CreatePlanRequest& r) {
  return {.code = r.code(),
          .display_name = r.display_name(),
          .access = r.access(),
          .duration_seconds = r.duration_seconds(),
          .amount_minor = r.price().amount_minor(),
          .currency_code = r.price().currency_code(),
          .channels = {r.channels().begin(), r.channels().end()}};
}

class PlanApi final : public v1::PlanService::CallbackService {
 public:
  PlanApi(rpc::Edge& edge, Deps& deps) : edge_(edge), deps_(deps) {}

  ServerUnaryReactor* CreatePlan(CallbackServerContext* context, const v1::CreatePlanRequest* request, v1::Plan* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::CreatePlanRequest& r) {
      return subscriptions::CreatePlan(deps_, {call.caller, call.cause, call.once, ToDraft(r)});
    });
  }

  ServerUnaryReactor* GetPlan(CallbackServerContext* context, const v1::GetPlanRequest* request, v1::Plan* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::GetPlanRequest& r) {
      return Answer(subscriptions::GetPlan(deps_, {call.caller, r.plan_id(), r.code(), r.tenant_id()}), ToProto);
    });
  }

  ServerUnaryReactor* ListPlans(CallbackServerContext* context, const v1::ListPlansRequest* request,
                                v1::ListPlansResponse* response) override {
    return rpc::Handle(edge_, context, request, response, [this](const rpc::Call& call, const v1::ListPlansRequest& r) {
      return Answer(subscriptions::ListPlans(deps_, {call.caller, r.page_size(), r.page_token()}), ToList);
    });
  }

 private:
  rpc::Edge& edge_;
  Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePlanService(rpc::Edge& edge, Deps& deps) { return std::make_unique<PlanApi>(edge, deps); }

}  // namespace quittance::subscriptions::api

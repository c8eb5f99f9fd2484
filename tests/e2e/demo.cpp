// `./dev demo`: plays the main job on a running stack and says what was really observed. Exit 1 if one observation is wrong.
#include <iostream>

#include "tests/e2e/journey.h"

namespace {

using namespace quittance::e2e;

class Narrator final : public Observer {
 public:
  void Step(const std::string& title) override { std::cout << "\n" << ++steps_ << ". " << title << "\n" << std::flush; }
  void Observe(bool as_expected, const std::string& what) override {
    ++count_;
    if (!as_expected) ++wrong_;
    std::cout << (as_expected ? "   ok     " : "   WRONG  ") << what << "\n" << std::flush;
  }
  int Finish() const {
    if (wrong_ == 0) {
      std::cout << "\ndemo: " << count_ << " observations, all as expected\n";
    } else {
      std::cout << "\ndemo: " << count_ << " observations, " << wrong_ << " not as expected\n";
    }
    return wrong_ == 0 ? 0 : 1;
  }

 private:
  int steps_ = 0, count_ = 0, wrong_ = 0;
};

void WhereToLook(const Stack& stack, const TenantSetup& setup) {
  std::cout << "\nWhere to look next (./dev demo --keep leaves the stack up)\n"
            << "   ingress    " << stack.at("ingress") << "/healthz\n"
            << "   metrics    " << stack.endpoints().at("admin").at("billing").get<std::string>() << "/metrics   (and the other four)\n"
            << "   mails      " << stack.at("sandbox") << "/control/mail\n"
            << "   events     kcat -b " << stack.at("kafka") << " -C -t quittance.billing.v1 -o beginning -e -f '%h\\n'\n"
            << "   rpcs       grpcurl -plaintext " << stack.at("billing") << " list\n"
            << "   tenant     " << setup.code << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: quittance-demo ENDPOINTS.json\n";
    return 64;
  }
  Narrator narrator;
  try {
    Stack stack(argv[1]);
    narrator.Step("The platform makes a tenant; settings, PSP accounts, bot and plans through rpcs");
    TenantSetup setup = MakeTenant(stack, "signaux-" + RandomHex(6));
    Provision(stack, setup);
    narrator.Observe(true,
                     "tenant " + setup.code + " with signaux-weekly (604,800 s, 19.90 EUR) and signaux-monthly (2,592,000 s, 59.90 EUR)");
    quittance::common::v1::GetSettingRequest request;
    request.set_key("psp.stripe.api_key");
    const auto setting = Call(stack.settings("billing"), &quittance::common::v1::SettingsService::Stub::GetSetting,
                              stack.Token(setup.operator_account), request);
    narrator.Observe(setting.ok() && setting.value.is_set() && setting.value.value().empty(),
                     "the PSP key is stored and does not come back (last four: " + setting.value.last_four() + ")");
    Journey journey(stack, setup, narrator);
    journey.Play();
    WhereToLook(stack, setup);
  } catch (const std::exception& fault) {
    narrator.Observe(false, std::string("stopped by a fault: ") + fault.what());
  }
  return narrator.Finish();
}

// Fills the local stack for `./dev up`: provisions the tenant and completes endpoints.json, the one file that tools read.
// Invariant: endpoints.json appears only when everything in it works.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/e2e/provision.h"

int main(int argc, char** argv) {
  using namespace quittance::e2e;
  if (argc != 3) {
    std::cerr << "usage: quittance-seed PARTIAL.json ENDPOINTS.json\n";
    return 64;
  }
  try {
    Stack stack(argv[1]);
    TenantSetup setup;
    setup.code = stack.at("tenant");
    setup.operator_account = stack.account("operator");
    Provision(stack, setup);
    Json endpoints = stack.endpoints();
    endpoints["user"] = setup.user_id;
    endpoints["plans"] = {"signaux-weekly", "signaux-monthly"};
    endpoints["backend"] = {{"client_id", setup.backend.client_id}, {"client_secret", setup.backend.client_secret}};
    endpoints["webhook_secrets"] = {{"stripe", {setup.stripe_secret}},
                                    {"adyen", {setup.adyen_key}},
                                    {"paypal", {{"webhook_id", setup.paypal_webhook_id}}},
                                    {"cinetpay", {setup.cinetpay_secret}},
                                    {"hmac", {setup.hmac_secret}}};
    endpoints["telegram"] = {{"bot_token", setup.bot_token}, {"secret_token", setup.telegram_secret}, {"chat", setup.chat_id}};
    const std::filesystem::path target = argv[2];
    const std::filesystem::path draft = target.string() + ".new";
    std::ofstream(draft) << endpoints.dump(1) << "\n";
    std::filesystem::permissions(draft, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::rename(draft, target);
  } catch (const std::exception& fault) {
    std::cerr << "seed: " << fault.what() << "\n";
    return 1;
  }
  return 0;
}

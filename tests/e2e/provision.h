// Makes a tenant ready for the main job through the public rpcs: settings, PSP accounts, Telegram bot and channel, plans, a backend
// account. Used by the seed (tenant of the stack), the demo and the end-to-end tests (tenants of their own). Run twice it changes nothing.
#pragma once

#include "tests/e2e/stack.h"

namespace quittance::e2e {

struct TenantSetup {
  std::string code;
  Account operator_account;  // every scope of the tenant
  Account backend;           // what another backend service would have
  std::string stripe_api_key, stripe_secret, hmac_secret;
  std::string paypal_webhook_id, adyen_key, cinetpay_secret;
  std::string bot_token, telegram_secret, chat_id;
  std::string user_id;  // a first user
};

// A new tenant, made by the platform's operator, with an operator account of its own.
TenantSetup MakeTenant(Stack& stack, const std::string& code);

// Settings, PSPs, bot, plans signaux-weekly and signaux-monthly, backend account, first user. `setup` names tenant and operator.
void Provision(Stack& stack, TenantSetup& setup);

}  // namespace quittance::e2e

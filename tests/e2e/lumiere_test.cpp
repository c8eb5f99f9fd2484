// Seven roles, the part of the scenario that is billing's: payments exported as CSV.
#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

// 3: RFC 4180, formula-safe, amounts with the right exponent.
TEST(Lumiere, PaymentsAreExportedAsCsv) {
  World world;
  world.ClearFaults();
  const auto user = world.NewUser();
  const std::int64_t begin = world.stack.BusinessNow() - 60;
  const auto payment = world.Open(user);
  world.Pay(payment);
  ASSERT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED));
  billing::v1::CreatePaymentIntentRequest odd;
  odd.set_request_id("odd-" + RandomHex(16));
  odd.set_user_id(user);
  odd.set_reference("=1+2,\"x\"");
  odd.mutable_amount()->set_amount_minor(45'000);
  odd.mutable_amount()->set_currency_code("XOF");
  odd.set_connection("manual");
  const auto made = Call(world.stack.billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent, world.Token(), odd);
  ASSERT_TRUE(made.ok()) << made.status.error_message() << " " << made.reason;

  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + world.stack.Token(world.setup.operator_account));
  billing::v1::ExportPaymentsRequest request;
  request.mutable_begin_time()->set_seconds(begin);
  request.mutable_end_time()->set_seconds(world.stack.BusinessNow() + 60);
  auto stream = world.stack.billing().ExportPayments(&context, request);
  std::string csv;
  billing::v1::ExportPaymentsResponse piece;
  while (stream->Read(&piece)) csv += piece.csv();
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(csv.starts_with("kind,id,payment_id,"));
  EXPECT_TRUE(csv.ends_with("\r\n"));
  EXPECT_NE(csv.find("payment," + payment.id() + ","), std::string::npos);
  EXPECT_NE(csv.find(",19.90,EUR,19.90,"), std::string::npos);
  EXPECT_NE(csv.find(",45000,XOF,0,"), std::string::npos);
  EXPECT_NE(csv.find("\"'=1+2,\"\"x\"\"\""), std::string::npos);
}

}  // namespace
}  // namespace quittance::e2e

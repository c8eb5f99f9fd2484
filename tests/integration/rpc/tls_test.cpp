// TLS between processes, mutual, from files: what one process of ours says another understands, and nobody else gets in. A program of its
// own, since credentials are set once for a process.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/rpc/channel.h"
#include "common/rpc/tls.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"

namespace quittance::rpc {
namespace {

namespace fs = std::filesystem;

bool Sh(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

// An authority, and a certificate of localhost that it signed.
struct Files {
  explicit Files(const fs::path& at) : folder(at) {
    fs::create_directories(folder);
    const std::string in = "cd '" + folder.string() + "' && ";
    std::ofstream(folder / "san.cnf") << "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
    made =
        Sh(in +
           "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority") &&
        Sh(in + "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.csr -subj /CN=localhost") &&
        Sh(in + "openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tls.pem -days 2 -extfile san.cnf");
  }
  std::string Path(const char* name) const { return (folder / name).string(); }
  std::string Text(const char* name) const {
    std::ifstream in(folder / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path folder;
  bool made = false;
};

class NoPlans final : public subscriptions::v1::PlanService::Service {
 public:
  grpc::Status GetPlan(grpc::ServerContext*, const subscriptions::v1::GetPlanRequest*, subscriptions::v1::Plan*) override {
    return grpc::Status::OK;
  }
};

grpc::StatusCode Ask(const std::shared_ptr<grpc::Channel>& channel) {
  const auto stub = subscriptions::v1::PlanService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  subscriptions::v1::Plan plan;
  return stub->GetPlan(&context, {}, &plan).error_code();
}

TEST(Tls, ProcessesUnderstandEachOtherAndNobodyElseGetsIn) {
  const Files files(testing::TempDir() + "/quittance-tls-" + std::to_string(getpid()));
  ASSERT_TRUE(files.made) << "openssl could not make the certificates";
  UseTls({files.Path("tls.pem"), files.Path("tls.key"), files.Path("ca.pem"), true});
  NoPlans plans;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", ServerTls(), &port);
  builder.RegisterService(&plans);
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const std::string target = "localhost:" + std::to_string(port);

  EXPECT_EQ(Ask(MakeChannel(target)), grpc::StatusCode::OK);
  EXPECT_EQ(Ask(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())), grpc::StatusCode::UNAVAILABLE) << "plaintext";
  grpc::SslCredentialsOptions bare;
  bare.pem_root_certs = files.Text("ca.pem");
  EXPECT_EQ(Ask(grpc::CreateChannel(target, grpc::SslCredentials(bare))), grpc::StatusCode::UNAVAILABLE)
      << "without a certificate of its own";

  const Files strangers(files.folder / "strangers");
  ASSERT_TRUE(strangers.made);
  grpc::SslCredentialsOptions stranger;
  stranger.pem_root_certs = files.Text("ca.pem");
  stranger.pem_cert_chain = strangers.Text("tls.pem");
  stranger.pem_private_key = strangers.Text("tls.key");
  EXPECT_EQ(Ask(grpc::CreateChannel(target, grpc::SslCredentials(stranger))), grpc::StatusCode::UNAVAILABLE) << "signed by somebody else";
  server->Shutdown();
  fs::remove_all(files.folder);
}

}  // namespace
}  // namespace quittance::rpc

// Credentials of every gRPC port and channel of this process: plaintext (loopback, or a mesh that encrypts) or TLS from files that are read
// again when they change (Kubernetes swaps a secret's directory). Invariant: set once, before the first server or channel.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

namespace quittance::rpc {

struct TlsFiles {
  std::string certificate;  // PEM chain of this process; needed to serve, and to call where `mutual` is asked
  std::string key;
  std::string authorities;  // PEM; who signs the others
  bool mutual = false;      // clients must show a certificate that one of them signed
};

void UseTls(TlsFiles files);

std::shared_ptr<grpc::ServerCredentials> ServerTls();
std::shared_ptr<grpc::ChannelCredentials> ChannelTls();

}  // namespace quittance::rpc

// gRPC's own file watcher does the reading; a pair that does not fit together is refused at start-up.
#include "common/rpc/tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <optional>

namespace quittance::rpc {

namespace {

namespace tls = grpc::experimental;

constexpr unsigned kRefreshSeconds = 10;

std::optional<TlsFiles>& Files() {
  static std::optional<TlsFiles> files;
  return files;
}

std::shared_ptr<tls::CertificateProviderInterface> Provider(const TlsFiles& files) {
  return std::make_shared<tls::FileWatcherCertificateProvider>(files.key, files.certificate, files.authorities, kRefreshSeconds);
}

}  // namespace

void UseTls(TlsFiles files) { Files() = std::move(files); }

std::shared_ptr<grpc::ServerCredentials> ServerTls() {
  if (!Files()) return grpc::InsecureServerCredentials();
  const TlsFiles& files = *Files();
  tls::TlsServerCredentialsOptions options(Provider(files));
  options.watch_identity_key_cert_pairs();
  if (files.mutual) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> ChannelTls() {
  if (!Files()) return grpc::InsecureChannelCredentials();
  const TlsFiles& files = *Files();
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Provider(files));
  options.watch_root_certs();
  if (!files.certificate.empty()) options.watch_identity_key_cert_pairs();
  return tls::TlsCredentials(options);
}

}  // namespace quittance::rpc

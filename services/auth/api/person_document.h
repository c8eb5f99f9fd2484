// The copy of a person's data: auth's own lists, then those of every other service (PersonService), as one JSON document
//   {"tenant_id":…, "user_id":…, "auth":{"account":[…], …}, "billing":{"payment_intents":[…], …}, …}
// Invariant: whole or not at all: a service that cannot be asked is a fault of the call.
#pragma once

#include <memory>
#include <string>

#include "common/rpc/stream.h"
#include "services/auth/usecases/export_person.h"

namespace quittance::auth::api {

inline constexpr std::size_t kDocumentBytesMax = 32 * 1024 * 1024;
inline constexpr std::size_t kDocumentPieceBytes = 64 * 1024;

// gRPC targets of the services that keep something about people.
struct PeerTargets {
  std::string billing;
  std::string subscriptions;
  std::string notifications;
};

class PersonDocument {
 public:
  PersonDocument(Deps& deps, const PeerTargets& targets);
  ~PersonDocument();

  // RESOURCE_EXHAUSTED above kDocumentBytesMax.
  Task<Result<std::string>> Collect(User user) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Sends what `work` gives, piece by piece.
template <class Response>
Task<Result<void>> Send(Task<Result<std::string>> work, rpc::Stream<Response>& stream) {
  const auto document = co_await std::move(work);
  if (!document) co_return document.error();
  for (std::size_t at = 0; at < document->size(); at += kDocumentPieceBytes) {
    Response piece;
    piece.set_json(document->substr(at, kDocumentPieceBytes));
    const bool read = co_await stream.Write(std::move(piece));
    if (!read) break;
  }
  co_return Result<void>();
}

}  // namespace quittance::auth::api

// What a request asks, as 32 bytes: SHA-256 over the operation and each field that is set, in number order with length prefixes.
// Invariant: equal requests have equal fingerprints however they were encoded (map order, packed or not); `request_id` is not part of it;
// unknown fields are refused, since nobody can say whether they matter.
#pragma once

#include "common/core/result.h"
#include "common/db/idempotency.h"

namespace google::protobuf {
class Message;
}

namespace quittance::rpc {

// `operation`: the full name of the rpc, which holds the API's major version.
Result<db::Fingerprint> FingerprintOf(std::string_view operation, const google::protobuf::Message& request);

}  // namespace quittance::rpc

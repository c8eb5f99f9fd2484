// Our points of time and those of the contracts: microseconds since 1970, UTC. What comes from outside is checked by its reader.
#pragma once

#include <google/protobuf/util/time_util.h>

#include "common/core/time.h"

namespace quittance::rpc {

inline void SetTime(google::protobuf::Timestamp* out, TimePoint time) {
  *out = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(UnixMicros(time));
}

inline TimePoint ReadTime(const google::protobuf::Timestamp& time) {
  return FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(time));
}

}  // namespace quittance::rpc

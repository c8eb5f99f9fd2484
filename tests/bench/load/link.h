// One connection of the lean client: a socket with libnghttp2's session on it, and the unary calls that are under way there. libnghttp2
// keeps the streams (windows, how many the server allows, GOAWAY, pings); the header blocks of requests are ours (hpack.h).
// Invariant: every round trip that was started comes out of TakeEnded once, with its reply complete, or of TakeUnsent when the server
// cannot have seen it. Nothing of others is called from inside libnghttp2.
#pragma once

#include <grpcpp/support/status.h>
#include <nghttp2/nghttp2.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/bench/load/hpack.h"
#include "tests/bench/load/pace.h"

namespace quittance::bench {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMessageHead = 5;  // gRPC's frame: whether it is compressed, and its length

// What many requests have in common.
struct RequestHead {
  std::string path;  // /package.Service/Method
  Headers metadata;
};
using RequestHeadPtr = std::shared_ptr<const RequestHead>;

struct Reply {
  grpc::Status status;
  std::string body;  // in its gRPC frame
  Headers metadata;  // initial, without what belongs to HTTP and gRPC

  std::string_view message() const { return std::string_view(body).substr(kMessageHead); }  // of a call that is OK
  bool Has(std::string_view name) const;
};

// One call, from its request to its reply.
struct Roundtrip {
  RequestHeadPtr head;
  std::string request;  // in its gRPC frame
  std::string timeout;  // as grpc-timeout says it
  Clock::time_point deadline;
  std::function<void(Reply)> done;
  std::size_t sent = 0;  // of the request
  bool again = false;    // a server that was leaving has refused it once
  int http_status = 0;
  int grpc_status = -1;  // not heard yet
  std::string grpc_message;
  std::string grpc_details;
  Reply reply = {};

  void End(grpc::StatusCode code, const std::string& why) { reply.status = grpc::Status(code, why); }
};
using RoundtripPtr = std::unique_ptr<Roundtrip>;

class Link {
 public:
  // Takes a socket that may still be connecting.
  Link(int fd, std::string authority);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void Start(RoundtripPtr trip);
  // Both say false when the connection is gone; Break then ends what is under way.
  bool Read();
  bool Write();
  void Break(const std::string& why);
  void EndOverdue(Clock::time_point now);

  std::vector<RoundtripPtr> TakeEnded() { return std::exchange(ended_, {}); }
  std::vector<RoundtripPtr> TakeUnsent() { return std::exchange(unsent_, {}); }
  int fd() const { return fd_; }
  bool heard() const { return heard_; }      // the server has said its settings
  bool leaving() const { return leaving_; }  // the server takes no new calls here
  bool idle() const { return under_way_.empty(); }
  bool blocked() const { return blocked_; }  // the socket takes no more for now
  const std::string& fault() const { return fault_; }

 private:
  struct Callbacks;  // of libnghttp2

  void SendSettings();
  bool AppendRequestHeaders(std::int32_t stream);
  bool Gather();
  bool Flush();
  Roundtrip* Find(std::int32_t stream);
  RoundtripPtr Remove(std::int32_t stream);
  void TakeHeader(Roundtrip& trip, bool trailers, std::string_view name, std::string_view value);
  void Close(std::int32_t stream, std::uint32_t error);
  void EndNow(RoundtripPtr trip, grpc::StatusCode code, const std::string& why);
  bool Fail(const std::string& why);

  const int fd_;
  const std::string authority_;
  nghttp2_session* session_ = nullptr;
  HeaderTable table_;
  std::unordered_map<std::int32_t, RoundtripPtr> under_way_;
  std::vector<RoundtripPtr> ended_;
  std::vector<RoundtripPtr> unsent_;
  std::string out_;  // gathered from libnghttp2, so that many frames go in one write
  std::size_t out_sent_ = 0;
  std::string block_;  // scratch
  std::string fault_;
  bool connected_ = false;
  bool heard_ = false;
  bool leaving_ = false;
  bool blocked_ = true;
};

}  // namespace quittance::bench

// One call's way through the edge: policy, token, address, limit, deadline, idempotency key on the way in; status, log line and metrics on
// the way out. Invariant: deny by default; a call that was let in is answered exactly once.
#pragma once

#include <grpcpp/grpcpp.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/rpc/call.h"

namespace google::protobuf {
class Message;
}

namespace quittance::rpc {

class Edge;

class Passage {
 public:
  virtual ~Passage() = default;

  // What the method's function may know, or why the call is refused. Takes the limit's token, asks for trust when the key is unknown.
  virtual Task<Result<Call>> Enter() = 0;

  // How the call ends: one of these at most, before Finish.
  virtual void Refuse(const Error& error) = 0;
  virtual void Reply(const db::Reply& reply, google::protobuf::Message& response) = 0;
  virtual void Fail(std::exception_ptr fault) = 0;

  // Log line, metrics, status to the client. Nothing of the call may be touched afterwards.
  virtual void Finish() = 0;
};

// Takes a call in, or refuses it at once (RESOURCE_EXHAUSTED, OVERLOADED) and gives nullptr. `finish` tells the client, once.
std::unique_ptr<Passage> Arrive(Edge& edge, grpc::CallbackServerContext& context, const google::protobuf::Message& request,
                                std::function<void(grpc::Status)> finish);

async::Executor& ExecutorOf(Edge& edge);

// Called by the server with the full names of its services: builds the method table from their descriptors and registers the metrics.
void RegisterServices(Edge& edge, const std::vector<std::string>& services);

// Ends the poll loop; a poll under way finishes.
void StopEdge(Edge& edge);

}  // namespace quittance::rpc

// The same edge loop for rpcs that answer with a stream of messages.
// Invariant: one write at a time; whoever writes learns when the client is gone; nothing is touched after the passage has finished.
//
//   grpc::ServerWriteReactor<PaymentIntent>* WatchPaymentIntent(grpc::CallbackServerContext* context, const WatchRequest* request) override
//   {
//     return rpc::HandleStream<PaymentIntent>(edge_, context, request,
//         [this](const rpc::Call& call, const WatchRequest& r, rpc::Stream<PaymentIntent>& stream) -> Task<Result<void>> { … });
//   }
#pragma once

#include <atomic>

#include "common/rpc/edge.h"

namespace quittance::rpc {

template <class Response>
class Stream {
 public:
  virtual ~Stream() = default;
  // False: the client is gone, nobody reads any more.
  virtual Task<bool> Write(Response message) = 0;
  // The client went away, or its deadline has passed.
  virtual bool gone() const = 0;
};

namespace internal {

// Lives from the call's arrival to OnDone, which gRPC calls after Finish and after the last write.
template <class Response>
class Writer final : public grpc::ServerWriteReactor<Response>, public Stream<Response> {
 public:
  Task<bool> Write(Response message) override {
    message_ = std::move(message);
    std::function<void(std::function<void(async::Outcome<bool>)>)> start = [this](std::function<void(async::Outcome<bool>)> complete) {
      complete_ = std::move(complete);
      this->StartWrite(&message_);
    };
    const bool written = co_await async::Suspend<bool>(start);
    co_return written;
  }
  bool gone() const override { return gone_; }

  void OnWriteDone(bool ok) override {
    const auto complete = std::move(complete_);
    complete({nullptr, ok});
  }
  void OnCancel() override { gone_ = true; }
  void OnDone() override { delete this; }

 private:
  Response message_;
  std::function<void(async::Outcome<bool>)> complete_;
  std::atomic<bool> gone_{false};
};

template <class Request, class Response, class Fn>
Task<void> RunStream(std::unique_ptr<Passage> passage, const Request* request, Writer<Response>* writer, Fn fn) {
  try {
    Result<Call> call = co_await passage->Enter();
    if (call.ok()) {
      Result<void> end = co_await fn(*call, *request, *writer);
      if (!end.ok()) passage->Refuse(end.error());
    } else {
      passage->Refuse(call.error());
    }
  } catch (...) {
    passage->Fail(std::current_exception());
  }
  passage->Finish();
}

}  // namespace internal

template <class Response, class Request, class Fn>
grpc::ServerWriteReactor<Response>* HandleStream(Edge& edge, grpc::CallbackServerContext* context, const Request* request, Fn fn) {
  auto* writer = new internal::Writer<Response>();
  if (auto passage = Arrive(edge, *context, *request, [writer](grpc::Status status) { writer->Finish(std::move(status)); })) {
    ExecutorOf(edge).Spawn(internal::RunStream<Request, Response, Fn>(std::move(passage), request, writer, std::move(fn)));
  }
  return writer;
}

}  // namespace quittance::rpc

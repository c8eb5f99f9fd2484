// The body of server.h; the invariant it keeps stands there.
#include "common/http/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <mutex>
#include <thread>

#include "common/core/check.h"
#include "common/core/fault.h"
#include "common/http/connection.h"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{50};  // after EMFILE and its like
constexpr std::chrono::milliseconds kDrainPoll{5};
constexpr std::chrono::seconds kDestroyBudget{2};

std::string_view Find(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

// The frame owns the connection from the start: it may be resumed long after the accepting loop has let go.
Task<void> Serve(std::shared_ptr<Connection> connection) { co_await connection->Run(); }

std::pair<std::string, std::string> SplitAddress(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) throw Fault("the listen address must be host:port");
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return {host.empty() ? "0.0.0.0" : host, address.substr(colon + 1)};
}

}  // namespace

std::string_view ServerRequest::HeaderValue(std::string_view lower_case_name) const { return Find(headers, lower_case_name); }

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(async::Executor& executor, ServerOptions options, std::vector<Route> routes, metrics::Registry& metrics)
      : context(executor.context()),
        acceptor(asio::make_strand(context)),
        shared(new ServerShared{.options = std::move(options), .table = RouteTable(std::move(routes)), .metrics = metrics}) {}

  asio::io_context& context;
  tcp::acceptor acceptor;
  std::shared_ptr<ServerShared> shared;
  std::mutex mutex;
  std::list<std::weak_ptr<Connection>> open;
  int port = 0;

  // `self` keeps this object while the acceptor lives.
  Task<void> Accept([[maybe_unused]] std::shared_ptr<Impl> self) {
    metrics::Counter& refused = shared->metrics.GetCounter(
        "quittance_http_connections_refused_total", "Connections closed at once: too many are open.", {{"server", shared->options.name}});
    while (acceptor.is_open()) {
      error_code ec;
      auto strand = asio::make_strand(context);
      tcp::socket socket(strand);
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, ec));
      if (ec == asio::error::operation_aborted) break;
      if (ec) {
        asio::steady_timer pause(acceptor.get_executor(), kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        continue;
      }
      if (shared->connections >= shared->options.connections_max) {
        refused.Add();
        continue;
      }
      auto connection = std::make_shared<Connection>(std::move(socket), shared);
      Remember(connection);
      asio::co_spawn(strand, Serve(std::move(connection)), asio::detached);
    }
  }

  void Remember(const std::shared_ptr<Connection>& connection) {
    std::scoped_lock lock(mutex);
    open.remove_if([](const auto& weak) { return weak.expired(); });
    open.push_back(connection);
  }

  template <class Act>
  void ForEach(Act act) {
    std::scoped_lock lock(mutex);
    for (const auto& weak : open) {
      if (auto connection = weak.lock()) act(*connection);
    }
  }

  bool WaitEmpty(SteadyTime deadline) {
    while (shared->connections > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(kDrainPoll);
    return shared->connections == 0;
  }
};

Server::Server(async::Executor& executor, ServerOptions options, std::vector<Route> routes, metrics::Registry& metrics)
    : impl_(std::make_shared<Impl>(executor, std::move(options), std::move(routes), metrics)) {}

Server::~Server() { Drain(std::chrono::steady_clock::now() + kDestroyBudget); }

void Server::Listen(const std::string& address) {
  const auto [host, service] = SplitAddress(address);
  try {
    tcp::resolver resolver(impl_->context);
    const tcp::endpoint endpoint = *resolver.resolve(host, service, tcp::resolver::passive | tcp::resolver::numeric_service).begin();
    impl_->acceptor.open(endpoint.protocol());
    impl_->acceptor.set_option(tcp::acceptor::reuse_address(true));
    impl_->acceptor.bind(endpoint);
    impl_->acceptor.listen();
    impl_->port = impl_->acceptor.local_endpoint().port();
  } catch (const boost::system::system_error& e) {
    throw Fault("cannot listen on " + address + ": " + e.code().message());
  }
  asio::co_spawn(impl_->acceptor.get_executor(), impl_->Accept(impl_), asio::detached);
}

int Server::port() const { return impl_->port; }

void Server::Drain(SteadyTime deadline) {
  impl_->shared->draining = true;
  asio::post(impl_->acceptor.get_executor(), [impl = impl_] {
    error_code ec;
    impl->acceptor.close(ec);
  });
  // A connection may become idle right after it was asked: ask until all are gone.
  while (std::chrono::steady_clock::now() < deadline) {
    impl_->ForEach([](Connection& connection) { connection.EndIfIdle(); });
    if (impl_->WaitEmpty(std::min(deadline, std::chrono::steady_clock::now() + 10 * kDrainPoll))) return;
  }
  impl_->ForEach([](Connection& connection) { connection.Abort(); });
  impl_->WaitEmpty(std::chrono::steady_clock::now() + 20 * kDrainPoll);
}

}  // namespace quittance::http

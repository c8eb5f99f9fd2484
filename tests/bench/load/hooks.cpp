// A connection pool on Asio with two threads; requests that find no free connection wait in a queue. The answer's body is read by its
// length.
#include "tests/bench/load/hooks.h"

#include <boost/asio.hpp>
#include <deque>
#include <fstream>
#include <mutex>
#include <thread>

#include "common/crypto/hmac.h"

namespace quittance::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Due {
  std::string request;
  Done done;
};

// One keep-alive connection: writes a request, reads its answer, asks the pool for the next.
class Pool;
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Pool& pool, asio::io_context& context) : pool_(pool), socket_(asio::make_strand(context)) {}
  void Take(Due due);

 private:
  void Connect();
  void Write();
  void ReadHead();
  void ReadBody(std::size_t left);
  void End(Ended ended, bool reusable);

  Pool& pool_;
  tcp::socket socket_;
  asio::streambuf buffer_;
  Due due_;
  int status_ = 0;
};

class Pool {
 public:
  Pool(const HookLoad& load, asio::io_context& context)
      : endpoint_(asio::ip::make_address(load.host), static_cast<unsigned short>(std::stoi(load.port))) {
    for (int i = 0; i < load.connections; ++i) free_.push_back(std::make_shared<Connection>(*this, context));
  }

  void Send(Due due) {
    std::shared_ptr<Connection> connection;
    {
      const std::lock_guard lock(mutex_);
      if (free_.empty()) {
        waiting_.push_back(std::move(due));
        return;
      }
      connection = std::move(free_.back());
      free_.pop_back();
    }
    connection->Take(std::move(due));
  }

  void Back(std::shared_ptr<Connection> connection) {
    Due due;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        free_.push_back(std::move(connection));
        return;
      }
      due = std::move(waiting_.front());
      waiting_.pop_front();
    }
    connection->Take(std::move(due));
  }

  const tcp::endpoint& endpoint() const { return endpoint_; }

 private:
  const tcp::endpoint endpoint_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Connection>> free_;
  std::deque<Due> waiting_;
};

void Connection::Take(Due due) {
  due_ = std::move(due);
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->socket_.is_open() ? self->Write() : self->Connect(); });
}

void Connection::Connect() {
  socket_.async_connect(pool_.endpoint(), [self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return self->End({false, "connect: " + error.message()}, false);
    self->socket_.set_option(tcp::no_delay(true));
    self->Write();
  });
}

void Connection::Write() {
  asio::async_write(socket_, asio::buffer(due_.request), [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
    if (error) return self->End({false, "write: " + error.message()}, false);
    self->ReadHead();
  });
}

void Connection::ReadHead() {
  asio::async_read_until(
      socket_, buffer_, "\r\n\r\n", [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        if (error) return self->End({false, "read: " + error.message()}, false);
        const auto data = self->buffer_.data();
        std::string head(asio::buffers_begin(data), asio::buffers_begin(data) + static_cast<std::ptrdiff_t>(size));
        self->buffer_.consume(size);
        self->status_ = std::atoi(head.substr(std::min<std::size_t>(9, head.size())).c_str());
        const auto at = head.find("Content-Length: ");
        const std::size_t length = at == std::string::npos ? 0 : static_cast<std::size_t>(std::atol(head.c_str() + at + 16));
        self->ReadBody(length - std::min(length, self->buffer_.size()));
      });
}

void Connection::ReadBody(std::size_t left) {
  asio::async_read(socket_, buffer_, asio::transfer_exactly(left),
                   [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                     if (error) return self->End({false, "read: " + error.message()}, false);
                     self->buffer_.consume(self->buffer_.size());
                     self->End({self->status_ == 200, self->status_ == 200 ? "" : std::to_string(self->status_)}, true);
                   });
}

void Connection::End(Ended ended, bool reusable) {
  if (!reusable) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    buffer_.consume(buffer_.size());
  }
  const Done done = std::move(due_.done);
  pool_.Back(shared_from_this());
  done(std::move(ended));
}

std::int64_t UnixMicrosNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string RequestOf(const Tenant& tenant, const HookLoad& load, const std::string& payment) {
  const std::string now = std::to_string(UnixMicrosNow() / 1'000'000);
  const std::string body = R"({"id":"evt_)" + load.run + "_" + payment + R"(","type":"payment.succeeded","created":)" + now +
                           R"(,"reference":"hp_)" + payment + R"(","payment_id":"pay_)" + payment +
                           R"(","amount_minor":1990,"currency":"EUR"})";
  const std::string signature = crypto::Hex(crypto::HmacSha256(tenant.webhook_secret, now + "." + body));
  return "POST /webhooks/" + tenant.code + "/hmac HTTP/1.1\r\nHost: " + load.host +
         "\r\nContent-Type: application/json\r\nX-Timestamp: " + now + "\r\nX-Signature: v1=" + signature +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Target {
  std::size_t tenant;
  std::string payment;
};

}  // namespace

Json SendWebhooks(const std::vector<Tenant>& fleet, const HookLoad& load, Offer offer) {
  std::vector<Target> targets;
  std::ifstream file(load.payments);
  for (Target target; file >> target.tenant >> target.payment;) targets.push_back(target);
  offer.count_max = offer.count_max == 0 ? targets.size() : std::min<std::uint64_t>(offer.count_max, targets.size());
  offer.in_flight = std::min(offer.in_flight, load.connections);
  std::vector<std::int64_t> sent(targets.size());

  asio::io_context context;
  Pool pool(load, context);
  auto work = asio::make_work_guard(context);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&context] { context.run(); });
  const Start start = [&](std::uint64_t index, Done done) {
    const Target& target = targets[index];
    sent[index] = UnixMicrosNow();
    pool.Send({RequestOf(fleet.at(target.tenant), load, target.payment), std::move(done)});
  };
  Json report = Drive(offer, start, load.timeline);
  context.stop();
  for (auto& thread : threads) thread.join();
  if (!load.sent.empty()) {
    std::ofstream out(load.sent);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (sent[i] != 0) out << targets[i].payment << "\t" << sent[i] << "\n";
    }
  }
  return report;
}

}  // namespace quittance::bench

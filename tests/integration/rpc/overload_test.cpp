// More than the server can do: twice its capacity, calls that call back with every thread taken, streams that are reset as fast as they
// come.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <thread>

#include "common/async/executor.h"
#include "common/db/database.h"
#include "tests/integration/rpc/edge_fixture.h"
#include "tests/support/test_database.h"

namespace quittance::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kNoRate = 100'000'000;

// One call under way, with what came of it.
struct Shot {
  grpc::ClientContext context;
  GetPlanRequest request;
  Plan answer;
  grpc::Status status;
  steady_clock::time_point sent, done;
};

class Overload : public EdgeTest {
 protected:
  Overload() : EdgeTest(2, kNoRate), database_("billing", false) {
    db::DatabaseOptions options;
    options.name = "small";
    options.url = database_.app_url();
    options.connections = 2;
    options.queue_max = 40;
    db_ = std::make_unique<db::Database>(options, metrics_);
    hooks_.get_plan = [this](const Call&, const GetPlanRequest&) { return Work(); };
  }
  // Ten milliseconds on one of two connections.
  Task<Result<Plan>> Work() {
    const auto sleep = [](db::Tx& tx) { return tx.Exec("SELECT pg_sleep(0.01)").size(); };
    const db::Scope scope = db::Scope::Of(tenant_);
    co_await db_->Transact(scope, sleep);
    co_return Plan();
  }
  void Shoot(Shot& shot, std::atomic<int>& open) {
    shot.context.set_deadline(std::chrono::system_clock::now() + seconds(10));
    shot.context.AddMetadata("authorization", "Bearer " + admin_);
    shot.sent = steady_clock::now();
    ++open;
    plan_stub_->async()->GetPlan(&shot.context, &shot.request, &shot.answer, [&shot, &open](grpc::Status status) {
      shot.done = steady_clock::now();
      shot.status = std::move(status);
      --open;
    });
  }
  // Calls a second that end well with `rate` calls a second arriving whatever happens; the shots are kept.
  double Goodput(double rate, seconds length, std::deque<Shot>& shots) {
    std::atomic<int> open{0};
    const auto begun = steady_clock::now();
    for (int i = 0; steady_clock::now() - begun < length; ++i) {
      std::this_thread::sleep_until(begun + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(i / rate)));
      Shoot(shots.emplace_back(), open);
    }
    while (open > 0) std::this_thread::sleep_for(milliseconds(5));
    const auto good = std::count_if(shots.begin(), shots.end(), [&](const Shot& s) { return s.status.ok() && s.done - begun < length; });
    return static_cast<double>(good) / static_cast<double>(length.count());
  }
  // What ten clients that wait for their answers get.
  double Peak(seconds length) {
    std::atomic<int> good{0};
    std::vector<std::jthread> clients;
    const auto end = steady_clock::now() + length;
    for (int i = 0; i < 10; ++i) {
      clients.emplace_back([&] {
        while (steady_clock::now() < end) good += GetPlan(admin_).ok() ? 1 : 0;
      });
    }
    clients.clear();
    return good / static_cast<double>(length.count());
  }

  const std::string admin_ = AccountToken("subscriptions:admin subscriptions:read");
  test::TestDatabase database_;
  std::unique_ptr<db::Database> db_;
};

TEST_F(Overload, N01_TwiceTheCapacityIsServedToCapacityAndTheRestRefusedAtOnce) {
  // How much and how fast is a claim of the long run, on a machine of its own.
  const bool is_long = std::getenv("QUITTANCE_LONG_TESTS") != nullptr;
  const seconds length(is_long ? 60 : 6);
  const double peak = Peak(seconds(3));
  std::deque<Shot> shots;
  const double goodput = Goodput(2 * peak, length, shots);
  EXPECT_GE(goodput, (is_long ? 0.8 : 0.4) * peak) << "peak " << peak << " goodput " << goodput;
  std::vector<double> refused;
  for (const Shot& shot : shots) {
    if (shot.status.ok()) continue;
    ASSERT_EQ(shot.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << shot.status.error_message();
    ASSERT_TRUE(HasRetryInfo(shot.status));
    refused.push_back(std::chrono::duration<double>(shot.done - shot.sent).count());
  }
  ASSERT_GT(refused.size(), is_long ? shots.size() / 5 : 0);
  std::nth_element(refused.begin(), refused.begin() + static_cast<std::ptrdiff_t>(refused.size() / 2), refused.end());
  EXPECT_LT(refused[refused.size() / 2], is_long ? 0.1 : 2.0) << "seconds until a refusal";
  EXPECT_TRUE(GetPlan(admin_).ok()) << "and it goes on";
}

class Cycle : public EdgeTest {
 protected:
  Cycle() : EdgeTest(1, kNoRate) {}

  // The answer of another process, which is this one.
  Task<int> Ask(std::string depth) {
    auto shot = std::make_shared<Shot>();
    shot->context.set_deadline(std::chrono::system_clock::now() + seconds(20));
    shot->context.AddMetadata("authorization", "Bearer " + admin_);
    shot->request.set_code(depth);
    std::function<void(std::function<void(async::Outcome<int>)>)> start = [this, shot](std::function<void(async::Outcome<int>)> complete) {
      plan_stub_->async()->GetPlan(&shot->context, &shot->request, &shot->answer, [shot, complete](const grpc::Status& status) {
        complete({nullptr, static_cast<int>(status.error_code())});
      });
    };
    const int code = co_await async::Suspend<int>(std::move(start));
    co_return code;
  }
  Task<Result<Plan>> Nested(std::string code) {
    const int depth = std::stoi(code);
    if (depth > 0) {
      const int below = co_await Ask(std::to_string(depth - 1));
      if (below != 0) throw std::runtime_error("the call below failed");
    }
    co_return Plan();
  }

  const std::string admin_ = AccountToken("subscriptions:admin subscriptions:read");
};

TEST_F(Cycle, N02_CallsThatCallBackNeverWaitForTheThreadTheyHold) {
  hooks_.get_plan = [this](const Call&, const GetPlanRequest& request) { return Nested(request.code()); };
  constexpr int kCalls = 200;
  std::deque<Shot> shots;
  std::atomic<int> open{kCalls};
  for (int i = 0; i < kCalls; ++i) {
    Shot& shot = shots.emplace_back();
    shot.request.set_code("3");  // A calls B calls A calls B, all with one thread
    shot.context.set_deadline(std::chrono::system_clock::now() + seconds(30));
    shot.context.AddMetadata("authorization", "Bearer " + admin_);
    plan_stub_->async()->GetPlan(&shot.context, &shot.request, &shot.answer, [&shot, &open](grpc::Status status) {
      shot.status = std::move(status);
      --open;
    });
  }
  while (open > 0) std::this_thread::sleep_for(milliseconds(5));
  for (const Shot& shot : shots) ASSERT_TRUE(shot.status.ok()) << shot.status.error_message();
  EXPECT_EQ(hooks_.calls, 4 * kCalls);
}

// Just enough of HTTP/2 to open streams and reset them.
class RawHttp2 {
 public:
  explicit RawHttp2(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, 0, ""));
    reader_ = std::thread([this] {
      char bytes[65536];
      while (::recv(socket_, bytes, sizeof bytes, 0) > 0) continue;
    });
  }
  ~RawHttp2() {
    ::shutdown(socket_, SHUT_RDWR);
    reader_.join();
    ::close(socket_);
  }
  // `count` calls that are cancelled a moment later; false when the server has closed the connection.
  bool OpenAndReset(const std::string& headers, int count) {
    const std::string message(5, '\0');  // an empty request
    std::string opened;
    std::string reset;
    for (int i = 0; i < count; ++i, next_ += 2) {
      opened += Frame(1, 0x4, next_, headers) + Frame(0, 0x1, next_, message);
      reset += Frame(3, 0, next_, std::string("\0\0\0\x8", 4));
    }
    Write(opened);
    if (next_ % 3 == 0) std::this_thread::sleep_for(milliseconds(1));  // some begin, some are gone before
    Write(reset);
    return connected_;
  }
  static std::string Literal(const std::string& name, const std::string& value) {
    return std::string(1, '\0') + static_cast<char>(name.size()) + name + Length(value.size()) + value;
  }

 private:
  static std::string Length(std::size_t size) {  // HPACK, 7-bit prefix
    if (size < 127) return std::string(1, static_cast<char>(size));
    std::string text(1, '\x7f');
    for (size -= 127; size >= 128; size >>= 7) text += static_cast<char>(0x80 | (size & 0x7f));
    return text + static_cast<char>(size);
  }
  static std::string Frame(int type, int flags, std::uint32_t stream, const std::string& payload) {
    const auto size = static_cast<std::uint32_t>(payload.size());
    std::string frame = {static_cast<char>(size >> 16),   static_cast<char>(size >> 8),   static_cast<char>(size),
                         static_cast<char>(type),         static_cast<char>(flags),       static_cast<char>(stream >> 24),
                         static_cast<char>(stream >> 16), static_cast<char>(stream >> 8), static_cast<char>(stream)};
    return frame + payload;
  }
  void Write(const std::string& bytes) {
    for (std::size_t sent = 0; connected_ && sent < bytes.size();) {
      const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      connected_ = count > 0;
      if (connected_) sent += static_cast<std::size_t>(count);
    }
  }

  int socket_;
  bool connected_ = false;
  std::uint32_t next_ = 1;
  std::thread reader_;
};

long ResidentMegabytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long total = 0;
  long pages = 0;
  const int read = std::fscanf(file, "%ld %ld", &total, &pages);
  std::fclose(file);
  return read == 2 ? pages * sysconf(_SC_PAGESIZE) / 1024 / 1024 : 0;
}

class Reset : public EdgeTest {
 protected:
  Reset() : EdgeTest(2, kNoRate) {}
  double Metric(const std::string& start) {
    const std::string text = metrics_.Render();
    const std::size_t at = text.find(start);
    return at == std::string::npos ? 0 : std::stod(text.substr(text.find(' ', text.find('}', at)) + 1));
  }
  const std::string admin_ = AccountToken("subscriptions:admin subscriptions:read");
};

TEST_F(Reset, N07_StreamsResetAsFastAsTheyComeStayBounded) {
  hooks_.get_plan = [](const Call&, const GetPlanRequest&) -> Task<Result<Plan>> {
    co_await async::Sleep(milliseconds(50));
    co_return Plan();
  };
  ASSERT_TRUE(GetPlan(admin_).ok());
  const int streams = std::getenv("QUITTANCE_LONG_TESTS") != nullptr ? 100'000 : 20'000;
  const std::string headers = "\x83\x86" + RawHttp2::Literal(":path", "/quittance.subscriptions.v1.PlanService/GetPlan") +
                              RawHttp2::Literal(":authority", "localhost") + RawHttp2::Literal("te", "trailers") +
                              RawHttp2::Literal("content-type", "application/grpc") +
                              RawHttp2::Literal("authorization", "Bearer " + admin_);
  const long before = ResidentMegabytes();
  int sent = 0;
  int ours = 2;  // GetPlan of this test
  while (sent < streams) {
    RawHttp2 attacker(server_->port());  // and again when the server has had enough of one connection
    const int begun = sent;
    while (sent < streams && attacker.OpenAndReset(headers, 50)) sent += 50;
    ASSERT_GT(sent, begun) << "no new connection is taken";
    EXPECT_TRUE(GetPlan(admin_).ok());
    ++ours;
  }
  EXPECT_LT(ResidentMegabytes() - before, 400) << "the quota of 256 MiB, and what the allocator keeps";
  EXPECT_TRUE(GetPlan(admin_).ok());
  EXPECT_GT(hooks_.calls, ours) << "some streams were calls; how many come that far before their reset is the machine's matter";
  const std::string method = "grpc_method=\"GetPlan\",grpc_service=\"quittance.subscriptions.v1.PlanService\",grpc_type=\"unary\"}";
  for (int i = 0; i < 500 && Metric("grpc_server_handling_seconds_count{" + method) < Metric("grpc_server_started_total{" + method); ++i)
    std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(Metric("grpc_server_handling_seconds_count{" + method), Metric("grpc_server_started_total{" + method)) << "none is left behind";
}

}  // namespace
}  // namespace quittance::rpc

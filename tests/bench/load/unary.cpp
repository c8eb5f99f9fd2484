// One loop on epoll: read what has come, tell who waits (they may start more), write what has gathered. Only its thread touches what stands
// in it; others leave a note in the inbox.
#include "tests/bench/load/unary.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace quittance::bench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBackoffMin{50};
constexpr milliseconds kBackoffMax{500};
constexpr milliseconds kSweep{20};  // how late a deadline may be seen
// A call that finds no connection ends after so long: a closed loop would spin on the cores on which the server is starting.
constexpr milliseconds kNoConnection{10};
const std::string kReplicaList = "ipv4:";

struct Address {
  std::string name;  // host:port
  sockaddr_storage where = {};
  socklen_t size = 0;
};

Address Resolve(const std::string& name) {
  const auto colon = name.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("not host:port: " + name);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(name.substr(0, colon).c_str(), name.substr(colon + 1).c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error(name + ": " + gai_strerror(error));
  Address address{name};
  std::memcpy(&address.where, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

std::vector<Address> ResolveAll(std::string target) {
  if (target.rfind(kReplicaList, 0) == 0) target = target.substr(kReplicaList.size());
  std::vector<Address> addresses;
  for (std::size_t start = 0; start <= target.size();) {
    const std::size_t end = std::min(target.find(',', start), target.size());
    addresses.push_back(Resolve(target.substr(start, end - start)));
    start = end + 1;
  }
  return addresses;
}

// A socket on its way to the address, or -1.
int Dial(const Address& address) {
  const int fd = socket(address.where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address.where), address.size) == 0 || errno == EINPROGRESS) return fd;
  close(fd);
  return -1;
}

// As grpc-timeout says it: at most eight digits.
std::string TimeoutText(milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + "S" : std::to_string(time.count()) + "m";
}

}  // namespace

class UnaryClient::Loop {
 public:
  Loop(const std::string& target, std::size_t connections);
  ~Loop();

  void Call(std::size_t lane, RoundtripPtr trip);
  void After(milliseconds pause, std::function<void()> then) { timers_.emplace(Clock::now() + pause, std::move(then)); }

 private:
  // What callers know as a connection: one link after the other.
  struct Lane {
    std::size_t address;
    int fd = -1;  // of the link that takes its calls; -1 while it waits for its next try
    milliseconds pause{0};
  };
  struct Line {
    std::size_t lane;
    std::unique_ptr<Link> link;
    std::uint32_t watched = EPOLLIN | EPOLLOUT;
    bool writable = false;
    bool broken = false;
  };

  void Run();
  void Turn();
  int PauseMs() const;
  void Begin(std::size_t lane, RoundtripPtr trip);
  void BeginPosted();
  void RunTimers();
  void EndOverdue();
  void Write();
  bool Settle();
  bool Tell(Line& line);
  void Connect(std::size_t number);
  void Replace(std::size_t number, const Line& line);
  void RetryLater(std::size_t number);
  void Watch(Line& line);
  void Ring();

  const std::vector<Address> addresses_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const int bell_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::vector<Lane> lanes_;
  std::map<int, Line> lines_;  // by descriptor
  std::multimap<Clock::time_point, std::function<void()>> timers_;
  Clock::time_point swept_ = Clock::now();
  std::mutex mutex_;
  std::vector<std::pair<std::size_t, RoundtripPtr>> posted_;  // by other threads
  std::atomic<bool> over_{false};
  std::thread thread_;
};

UnaryClient::Loop::Loop(const std::string& target, std::size_t connections) : addresses_(ResolveAll(target)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = bell_;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event) != 0) throw std::runtime_error(std::string("epoll: ") + std::strerror(errno));
  for (std::size_t i = 0; i < connections; ++i) {
    lanes_.push_back({i % addresses_.size()});
    Connect(i);
  }
  thread_ = std::thread([this] { Run(); });
}

UnaryClient::Loop::~Loop() {
  over_ = true;
  Ring();
  thread_.join();
  lines_.clear();
  close(epoll_);
  close(bell_);
}

void UnaryClient::Loop::Ring() {
  const std::uint64_t one = 1;
  if (write(bell_, &one, sizeof one) < 0 && errno != EAGAIN) std::abort();  // full is loud enough
}

void UnaryClient::Loop::Call(std::size_t lane, RoundtripPtr trip) {
  if (std::this_thread::get_id() == thread_.get_id()) return Begin(lane, std::move(trip));
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = posted_.empty();
    posted_.emplace_back(lane, std::move(trip));
  }
  if (first) Ring();
}

void UnaryClient::Loop::Begin(std::size_t lane, RoundtripPtr trip) {
  if (const int fd = lanes_[lane].fd; fd >= 0) return lines_.at(fd).link->Start(std::move(trip));
  After(kNoConnection, [held = std::make_shared<RoundtripPtr>(std::move(trip))] {
    (*held)->End(grpc::StatusCode::UNAVAILABLE, "no connection");
    (*held)->done(std::move((*held)->reply));
  });
}

void UnaryClient::Loop::Run() {
  while (!over_) Turn();
}

void UnaryClient::Loop::Turn() {
  std::array<epoll_event, 16> events{};
  const int count = epoll_wait(epoll_, events.data(), events.size(), PauseMs());
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const auto at = lines_.find(event.data.fd);
    if (at == lines_.end()) {
      BeginPosted();
      continue;
    }
    Line& line = at->second;
    line.writable = (event.events & ~EPOLLIN) != 0;  // or broken: a connection that did not come about says why when it is written to
    if ((event.events & EPOLLIN) != 0 && !line.link->Read()) line.broken = true;
  }
  RunTimers();
  EndOverdue();
  do {
    Write();
  } while (Settle());
}

int UnaryClient::Loop::PauseMs() const {
  const auto next = timers_.empty() ? kSweep : std::chrono::ceil<milliseconds>(timers_.begin()->first - Clock::now());
  return static_cast<int>(std::clamp(next, milliseconds{0}, kSweep).count());
}

void UnaryClient::Loop::BeginPosted() {
  std::uint64_t rings = 0;
  if (read(bell_, &rings, sizeof rings) < 0 && errno != EAGAIN) std::abort();
  std::vector<std::pair<std::size_t, RoundtripPtr>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (auto& [lane, trip] : posted) Begin(lane, std::move(trip));
}

void UnaryClient::Loop::RunTimers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto timer = timers_.extract(timers_.begin());
    timer.mapped()();
  }
}

void UnaryClient::Loop::EndOverdue() {
  const auto now = Clock::now();
  if (now - swept_ < kSweep) return;
  swept_ = now;
  for (auto& [fd, line] : lines_) line.link->EndOverdue(now);
}

void UnaryClient::Loop::Write() {
  for (auto& [fd, line] : lines_) {
    if (line.broken || (line.link->blocked() && !line.writable)) continue;
    line.writable = false;
    line.broken = !line.link->Write();
    Watch(line);
  }
}

// Tells who waits for what has ended, and lets go of connections that are over. True while there may be something to write.
bool UnaryClient::Loop::Settle() {
  bool more = false;
  for (auto at = lines_.begin(); at != lines_.end();) {
    Line& line = at->second;
    if (line.broken) line.link->Break(line.link->fault());
    if ((line.broken || line.link->leaving()) && lanes_[line.lane].fd == at->first) Replace(line.lane, line);
    more = Tell(line) || more;
    const bool finished = line.broken || (line.link->leaving() && line.link->idle());
    at = finished ? lines_.erase(at) : std::next(at);
  }
  return more;
}

bool UnaryClient::Loop::Tell(Line& line) {
  auto ended = line.link->TakeEnded();
  auto unsent = line.link->TakeUnsent();
  for (auto& trip : ended) trip->done(std::move(trip->reply));
  for (auto& trip : unsent) Begin(line.lane, std::move(trip));
  return !ended.empty() || !unsent.empty();
}

void UnaryClient::Loop::Connect(std::size_t number) {
  Lane& lane = lanes_[number];
  const Address& address = addresses_[lane.address];
  const int fd = Dial(address);
  if (fd < 0) return RetryLater(number);
  Line line{number, std::make_unique<Link>(fd, address.name)};
  epoll_event event{};
  event.events = line.watched;
  event.data.fd = fd;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error(std::string("epoll: ") + std::strerror(errno));
  lines_.emplace(fd, std::move(line));
  lane.fd = fd;
}

// A server that leaves in order is followed by the next at once; any other end is waited out a little.
void UnaryClient::Loop::Replace(std::size_t number, const Line& line) {
  Lane& lane = lanes_[number];
  lane.fd = -1;
  if (line.link->heard()) lane.pause = milliseconds{0};
  if (line.link->heard() && line.link->leaving()) return Connect(number);
  RetryLater(number);
}

void UnaryClient::Loop::RetryLater(std::size_t number) {
  Lane& lane = lanes_[number];
  lane.address = (lane.address + 1) % addresses_.size();
  lane.pause = std::clamp(lane.pause * 2, kBackoffMin, kBackoffMax);
  After(lane.pause, [this, number] { Connect(number); });
}

void UnaryClient::Loop::Watch(Line& line) {
  const std::uint32_t wanted = line.link->blocked() ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (line.broken || wanted == line.watched) return;
  epoll_event event{};
  event.events = line.watched = wanted;
  event.data.fd = line.link->fd();
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, event.data.fd, &event) != 0) line.broken = true;
}

std::string Framed(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  std::string framed(1, '\0');  // not compressed
  framed.reserve(kMessageHead + size);
  for (unsigned shift = 32; shift > 0; shift -= 8) framed.push_back(static_cast<char>(size >> (shift - 8) & 255U));
  message.AppendToString(&framed);
  return framed;
}

UnaryClient::UnaryClient(const std::string& target, std::size_t connections) : loop_(std::make_unique<Loop>(target, connections)) {}
UnaryClient::~UnaryClient() = default;

void UnaryClient::Call(std::size_t connection, RequestHeadPtr head, std::string request, milliseconds deadline,
                       std::function<void(Reply)> done) {
  auto trip = std::make_unique<Roundtrip>();
  trip->head = std::move(head);
  trip->request = std::move(request);
  trip->timeout = TimeoutText(deadline);
  trip->deadline = Clock::now() + deadline;
  trip->done = std::move(done);
  loop_->Call(connection, std::move(trip));
}

void UnaryClient::After(milliseconds pause, std::function<void()> then) { loop_->After(pause, std::move(then)); }

}  // namespace quittance::bench

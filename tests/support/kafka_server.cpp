// The same settings as deploy/local/kafka.sh, in a folder of its own.
#include "tests/support/kafka_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace quittance::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kStartMax{90};
constexpr const char* kClusterId = "MkU3OEVBNTcwNTJENDM2Qg";

std::string LibFolder() {
  const char* const given = std::getenv("QUITTANCE_KAFKA_LIB");
  const std::string lib = given != nullptr ? given : QUITTANCE_SOURCE_DIR "/.cache/kafka-3.9.1";
  if (!fs::exists(lib)) throw std::runtime_error("no Apache Kafka in " + lib + ": ./dev test fetches it");
  return lib;
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Two at once, so that they differ.
std::pair<int, int> FreePorts() {
  int ports[2] = {};
  int sockets[2] = {};
  for (int i = 0; i < 2; ++i) {
    sockets[i] = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = Loopback(0);
    socklen_t length = sizeof address;
    if (::bind(sockets[i], reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("no free port");
    ::getsockname(sockets[i], reinterpret_cast<sockaddr*>(&address), &length);
    ports[i] = ntohs(address.sin_port);
  }
  for (const int socket : sockets) ::close(socket);
  return {ports[0], ports[1]};
}

bool Listens(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(port);
  const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

std::string Properties(const fs::path& folder, int port, int controller_port) {
  std::ostringstream text;
  text << "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:" << controller_port
       << "\nlisteners=PLAINTEXT://127.0.0.1:" << port << ",CONTROLLER://127.0.0.1:" << controller_port
       << "\nadvertised.listeners=PLAINTEXT://127.0.0.1:" << port
       << "\ninter.broker.listener.name=PLAINTEXT\ncontroller.listener.names=CONTROLLER\n"
          "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\nlog.dirs="
       << (folder / "data").string()
       << "\nauto.create.topics.enable=false\noffsets.topic.replication.factor=1\noffsets.topic.num.partitions=1\n"
          "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n"
          // After a kill the node waits for its own former session to lapse.
          "broker.session.timeout.ms=2000\nbroker.heartbeat.interval.ms=500\n";
  return text.str();
}

}  // namespace

KafkaServer::KafkaServer() {
  std::string pattern = (fs::temp_directory_path() / "quittance-kafka-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  std::tie(port_, controller_port_) = FreePorts();
  std::ofstream(folder_ / "server.properties") << Properties(folder_, port_, controller_port_);
  std::ofstream(folder_ / "log4j.properties") << "log4j.rootLogger=WARN, stderr\nlog4j.appender.stderr=org.apache.log4j.ConsoleAppender\n"
                                                 "log4j.appender.stderr.layout=org.apache.log4j.PatternLayout\n"
                                                 "log4j.appender.stderr.layout.ConversionPattern=%d{ISO8601} %p %c %m%n\n";
  const pid_t format = Spawn("kafka.tools.StorageTool", "format -c " + (folder_ / "server.properties").string() + " -t " + kClusterId);
  int status = 0;
  ::waitpid(format, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) Fail("its storage could not be formatted");
  Start();
}

KafkaServer::~KafkaServer() {
  Kill();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

pid_t KafkaServer::Spawn(const std::string& main_class, const std::string& arguments) const {
  std::vector<std::string> words = {"java",
                                    "-Xmx320m",
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "-Dlog4j.configuration=file:" + (folder_ / "log4j.properties").string(),
                                    "-cp",
                                    LibFolder() + "/*",
                                    main_class};
  std::istringstream rest(arguments);
  for (std::string word; rest >> word;) words.push_back(word);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string log = (folder_ / "log").string();
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  for (int fd = 3; fd < 256; ++fd) ::close(fd);
  ::execvp("java", argv.data());
  ::_exit(127);
}

void KafkaServer::Start() {
  process_ = Spawn("kafka.Kafka", (folder_ / "server.properties").string());
  const auto end = std::chrono::steady_clock::now() + kStartMax;
  while (!Listens(port_)) {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) == process_) {
      process_ = -1;
      Fail("it ended while it started");
    }
    if (std::chrono::steady_clock::now() > end) Fail("it does not listen");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void KafkaServer::Kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void KafkaServer::Freeze() { ::kill(process_, SIGSTOP); }
void KafkaServer::Thaw() { ::kill(process_, SIGCONT); }

void KafkaServer::Fail(const std::string& what) const {
  std::ifstream in(folder_ / "log");
  std::stringstream log;
  log << in.rdbuf();
  const std::string text = log.str();
  throw std::runtime_error("Apache Kafka: " + what + "\n" + text.substr(text.size() > 2000 ? text.size() - 2000 : 0));
}

}  // namespace quittance::test

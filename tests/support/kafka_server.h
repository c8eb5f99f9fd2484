// An Apache Kafka of its own for a test program: one node in KRaft mode, free ports of 127.0.0.1, its data in a temporary folder that goes
// with it. Needs java and the jars that `./dev test` fetches (or QUITTANCE_KAFKA_LIB). It ends with the thread that made it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace quittance::test {

class KafkaServer {
 public:
  KafkaServer();  // formatted and started; throws std::runtime_error with the end of its log
  ~KafkaServer();
  KafkaServer(const KafkaServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  void Kill();    // at once, as a power cut would
  void Start();   // again, on the same data and port
  void Freeze();  // it keeps its connections and answers nothing
  void Thaw();

 private:
  pid_t Spawn(const std::string& main_class, const std::string& arguments) const;
  [[noreturn]] void Fail(const std::string& what) const;

  std::filesystem::path folder_;
  int port_ = 0;
  int controller_port_ = 0;
  pid_t process_ = -1;
};

}  // namespace quittance::test

// A wire that breaks when told to: forwards TCP connections, and can lose the answer to one message or refuse to connect at all.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace quittance::test {

class TcpProxy {
 public:
  // Listens on a free port of 127.0.0.1 and forwards to host:port.
  TcpProxy(std::string host, int port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;

  int port() const { return port_; }

  // The next time a client sends bytes that hold `marker`: forwards them, waits for the server's answer, throws it away and closes.
  void LoseAnswerTo(std::string marker);
  // The next time: throws the client's bytes away and closes, so that the server never sees them.
  void LoseRequest(std::string marker);
  void Refuse(bool refuse);  // also cuts what is open
  int lost() const { return lost_; }

 private:
  enum class Fate { kForward, kLoseAnswer, kLoseRequest };

  void Accept();
  void Serve(int client);
  Fate FateOf(const std::string& bytes);
  int Connect() const;

  const std::string host_;
  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<bool> refuse_{false};
  std::atomic<int> lost_{0};
  std::mutex mutex_;
  std::string marker_;
  Fate fate_ = Fate::kForward;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace quittance::test

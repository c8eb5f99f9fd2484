// The one thread on which libcurl's transfers run. Invariant: `done` is called exactly once for each transfer taken, on this thread, after
// the handle has left the loop.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace quittance::http {

inline constexpr std::size_t kTransfersMax = 4096;  // waiting and running
inline constexpr long kConnectionsPerHostMax = 256;
inline constexpr long kConnectionsKept = 64;

class CurlLoop {
 public:
  using Done = std::function<void(CURLcode)>;

  CurlLoop();
  ~CurlLoop();  // what still runs ends with CURLE_ABORTED_BY_CALLBACK
  CurlLoop(const CurlLoop&) = delete;

  // False if too many wait; then nothing happens to `easy`.
  bool Submit(CURL* easy, Done done);

 private:
  void Run();
  void TakeSubmitted();
  void Finish(CURL* easy, CURLcode code);

  CURLM* multi_;
  std::mutex mutex_;  // guards submitted_, count_, stop_
  std::vector<std::pair<CURL*, Done>> submitted_;
  std::size_t count_ = 0;
  bool stop_ = false;
  std::map<CURL*, Done> running_;  // the loop's own
  std::thread thread_;
};

}  // namespace quittance::http

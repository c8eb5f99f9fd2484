// The body of curl_loop.h; the invariant it keeps stands there.
#include "common/http/curl_loop.h"

#include "common/core/check.h"

namespace quittance::http {
namespace {

constexpr int kPollMs = 1000;  // libcurl's own timers and the wake-up come earlier

CURLM* NewMulti() {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(global == CURLE_OK);
  CURLM* multi = curl_multi_init();
  CHECK(multi != nullptr);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsPerHostMax);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kConnectionsKept);
  return multi;
}

}  // namespace

CurlLoop::CurlLoop() : multi_(NewMulti()), thread_([this] { Run(); }) {}

CurlLoop::~CurlLoop() {
  {
    std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

bool CurlLoop::Submit(CURL* easy, Done done) {
  {
    std::scoped_lock lock(mutex_);
    if (stop_ || count_ >= kTransfersMax) return false;
    count_ += 1;
    submitted_.emplace_back(easy, std::move(done));
  }
  curl_multi_wakeup(multi_);
  return true;
}

void CurlLoop::Run() {
  while (true) {
    {
      std::scoped_lock lock(mutex_);
      if (stop_) break;
    }
    TakeSubmitted();
    int active = 0;
    curl_multi_perform(multi_, &active);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) Finish(message->easy_handle, message->data.result);
    }
    curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
  }
  TakeSubmitted();
  while (!running_.empty()) Finish(running_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
}

void CurlLoop::TakeSubmitted() {
  std::vector<std::pair<CURL*, Done>> taken;
  {
    std::scoped_lock lock(mutex_);
    taken.swap(submitted_);
  }
  for (auto& [easy, done] : taken) {
    running_.emplace(easy, std::move(done));
    if (curl_multi_add_handle(multi_, easy) != CURLM_OK) Finish(easy, CURLE_FAILED_INIT);
  }
}

void CurlLoop::Finish(CURL* easy, CURLcode code) {
  curl_multi_remove_handle(multi_, easy);
  auto node = running_.extract(easy);
  {
    std::scoped_lock lock(mutex_);
    count_ -= 1;
  }
  node.mapped()(code);
}

}  // namespace quittance::http

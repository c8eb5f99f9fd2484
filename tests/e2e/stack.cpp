// See stack.h.
#include "tests/e2e/stack.h"

#include <curl/curl.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace quittance::e2e {
namespace {

const std::string kReplicas = "ipv4:";
// As docs/architecture.md asks of clients.
constexpr const char* kConfig = R"({"loadBalancingConfig": [{"round_robin": {}}], "methodConfig": [{"name": [{}], "retryPolicy": {
  "maxAttempts": 5, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}]})";

std::size_t AppendBody(char* data, std::size_t size, std::size_t count, void* user) {
  static_cast<std::string*>(user)->append(data, size * count);
  return size * count;
}

std::size_t AppendHeader(char* data, std::size_t size, std::size_t count, void* user) {
  const std::string line(data, size * count);
  const auto colon = line.find(':');
  if (colon != std::string::npos) {
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto begin = line.find_first_not_of(' ', colon + 1);
    const auto end = line.find_last_not_of("\r\n");
    (*static_cast<std::map<std::string, std::string>*>(user))[name] =
        begin == std::string::npos || end < begin ? "" : line.substr(begin, end - begin + 1);
  }
  return size * count;
}

}  // namespace

namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

HttpAnswer Perform(CURL* curl, const std::string& method, const std::string& url, const std::string& body,
                   const std::vector<std::string>& headers) {
  HttpAnswer answer;
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& header : headers) list = curl_slist_append(list, header.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 30'000L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, AppendBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, AppendHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
  if (method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (method != "GET" && method != "HEAD") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_slist_free_all(list);
  return answer;
}

}  // namespace

HttpAnswer Http(const std::string& method, const std::string& url, const std::string& body, const std::vector<std::string>& headers) {
  const Handle curl(curl_easy_init(), &curl_easy_cleanup);
  return Perform(curl.get(), method, url, body, headers);
}

Details DetailsOf(const grpc::Status& status) {
  Details details;
  google::rpc::Status rich;
  if (!rich.ParseFromString(status.error_details())) return details;
  for (const auto& any : rich.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) details.reason = info.reason();
    if (any.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) details.fields.push_back(violation.field());
    }
    if (any.UnpackTo(&retry)) {
      details.retry_hint = true;
      details.retry_after =
          std::chrono::seconds(retry.retry_delay().seconds()) + std::chrono::milliseconds(retry.retry_delay().nanos() / 1'000'000);
    }
  }
  return details;
}

Stack::Stack(const std::string& endpoints_file) {
  std::ifstream file(endpoints_file);
  if (!file) throw std::runtime_error("cannot read " + endpoints_file);
  endpoints_ = Json::parse(file);
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
  for (const char* service : {"auth", "billing", "subscriptions", "notifications"}) {
    channels[service] = Channel(service);
    settings_[service] = common::v1::SettingsService::NewStub(channels[service]);
    audit_[service] = common::v1::AuditService::NewStub(channels[service]);
  }
  login_ = auth::v1::AuthService::NewStub(channels["auth"]);
  users_ = auth::v1::UserService::NewStub(channels["auth"]);
  accounts_ = auth::v1::ServiceAccountService::NewStub(channels["auth"]);
  tenants_ = auth::v1::TenantService::NewStub(channels["auth"]);
  keys_ = auth::v1::KeyService::NewStub(channels["auth"]);
  billing_ = billing::v1::BillingService::NewStub(channels["billing"]);
  webhooks_ = billing::v1::WebhookService::NewStub(channels["billing"]);
  invoices_ = billing::v1::InvoiceService::NewStub(channels["billing"]);
  methods_ = billing::v1::PaymentMethodService::NewStub(channels["billing"]);
  transfers_ = billing::v1::ManualPaymentService::NewStub(channels["billing"]);
  reconciliation_ = billing::v1::ReconciliationService::NewStub(channels["billing"]);
  plans_ = subscriptions::v1::PlanService::NewStub(channels["subscriptions"]);
  subscriptions_ = subscriptions::v1::SubscriptionService::NewStub(channels["subscriptions"]);
  memberships_ = subscriptions::v1::MembershipService::NewStub(channels["subscriptions"]);
  notifications_ = notifications::v1::NotificationService::NewStub(channels["notifications"]);
}

std::string Stack::at(const std::string& name) const {
  const Json& value = endpoints_.at(name);
  return value.is_array() ? value.at(turn_++ % value.size()).get<std::string>() : value.get<std::string>();
}

std::vector<std::string> Stack::each(const std::string& name) const {
  const Json& value = endpoints_.at(name);
  if (value.is_array()) return value.get<std::vector<std::string>>();
  std::string list = value.get<std::string>();
  if (list.rfind(kReplicas, 0) == 0) list = list.substr(kReplicas.size());
  std::vector<std::string> addresses;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    addresses.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return addresses;
}

std::shared_ptr<grpc::Channel> Stack::Channel(const std::string& service) const {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kConfig);
  // A process that was killed and is back is found again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(at(service), grpc::InsecureChannelCredentials(), arguments);
}

common::v1::SettingsService::Stub& Stack::settings(const std::string& service) { return *settings_.at(service); }
common::v1::AuditService::Stub& Stack::audit(const std::string& service) { return *audit_.at(service); }

Account Stack::account(const std::string& name) const {
  return {endpoints_.at(name).at("client_id").get<std::string>(), endpoints_.at(name).at("client_secret").get<std::string>()};
}

std::string Stack::Token(const Account& account) {
  std::lock_guard lock(tokens_mutex_);
  auto& [token, since] = tokens_[account.client_id];
  if (!token.empty() && std::chrono::steady_clock::now() - since < std::chrono::minutes(10)) return token;
  auth::v1::ExchangeClientCredentialsRequest request;
  request.set_client_id(account.client_id);
  request.set_client_secret(account.client_secret);
  const auto answer = Call(login(), &auth::v1::AuthService::Stub::ExchangeClientCredentials, "", request);
  if (!answer.ok()) throw std::runtime_error("no token for " + account.client_id + ": " + answer.status.error_message());
  token = answer.value.access_token();
  since = std::chrono::steady_clock::now();
  return token;
}

Json Stack::Control(const std::string& path, const Json& body) {
  // One connection for each thread: a load pays for hundreds of purchases a second.
  thread_local const Handle curl(curl_easy_init(), &curl_easy_cleanup);
  curl_easy_reset(curl.get());
  const auto answer = Perform(curl.get(), "POST", at("sandbox") + "/control/" + path, body.dump(), {"Content-Type: application/json"});
  if (answer.status / 100 != 2) throw std::runtime_error("sandbox " + path + ": " + std::to_string(answer.status) + " " + answer.body);
  return answer.body.empty() ? Json::object() : answer.json();
}

Json Stack::Listing(const std::string& path_and_query) {
  const auto answer = Http("GET", at("sandbox") + "/control/" + path_and_query);
  if (answer.status != 200) throw std::runtime_error("sandbox " + path_and_query + ": " + std::to_string(answer.status));
  return answer.json().at("items");
}

std::chrono::seconds Stack::ClockOffset() const {
  std::ifstream file(at("clock_file"));
  std::int64_t offset = 0;
  file >> offset;
  return std::chrono::seconds(offset);
}

void Stack::SetClock(std::chrono::seconds offset) {
  const std::string path = at("clock_file");
  std::ofstream(path + ".new") << offset.count() << "\n";
  if (std::rename((path + ".new").c_str(), path.c_str()) != 0) throw std::runtime_error("cannot move the clock");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // processes read the file every 100 ms
  std::lock_guard lock(tokens_mutex_);
  tokens_.clear();
}

std::int64_t Stack::BusinessNow() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count() +
         ClockOffset().count();
}

bool Eventually(const std::function<bool()>& done, std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

std::string RandomHex(int digits) {
  static std::random_device device;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  std::string text;
  for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[device() % 16];
  return text;
}

std::string RandomLetters(int count) {
  std::string text = RandomHex(count);
  for (char& digit : text) {
    if (digit <= '9') digit = static_cast<char>('g' + (digit - '0'));
  }
  return text;
}

}  // namespace quittance::e2e

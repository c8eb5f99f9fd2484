// The client against our server and against peers that break: what it must say is whether the other side may have acted.
#include <atomic>
#include <boost/asio/post.hpp>
#include <future>

#include "tests/unit/http/server_fixture.h"

namespace quittance::http {
namespace {

class ClientTest : public ServerTest {
 protected:
  Outcome Send(Request request) { return async::RunSync(executor, client.Send(std::move(request))); }
  Request To(int port, const std::string& path, const std::string& method = "GET") {
    return {.target = "peer",
            .method = method,
            .url = "http://127.0.0.1:" + std::to_string(port) + path,
            .timeout = std::chrono::milliseconds(1500)};
  }
  static Failure Failed(const Outcome& outcome) {
    const auto* failure = std::get_if<Failure>(&outcome);
    EXPECT_NE(failure, nullptr);
    return failure ? *failure : Failure{};
  }

  Client client{metrics};
};

TEST_F(ClientTest, SendsMethodHeadersAndBody) {
  Request request = To(server.port(), "/webhooks/acme/hmac?x=1", "POST");
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.body = std::string("{\"a\":\0}", 7);
  const Outcome outcome = Send(std::move(request));
  const auto& response = std::get<Response>(outcome);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "POST /webhooks/acme/hmac?x=1 [acme] [hmac]\n" + std::string("{\"a\":\0}", 7));
  EXPECT_EQ(response.HeaderValue("x-frame-options"), "DENY");
  EXPECT_EQ(response.HeaderValue("missing"), "");
}

TEST_F(ClientTest, W30_AnErrorStatusIsAnAnswerAndRedirectsAreNotFollowed) {
  EXPECT_EQ(std::get<Response>(Send(To(server.port(), "/nothing"))).status, 404);
  std::atomic<int> requests{0};
  RawServer peer(1, [&](RawSocket& socket) {
    socket.Receive("\r\n\r\n");
    ++requests;
    socket.Send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    if (!socket.Receive("\r\n\r\n", std::chrono::milliseconds(200)).empty()) ++requests;
  });
  EXPECT_EQ(std::get<Response>(Send(To(peer.port(), "/"))).status, 302);
  EXPECT_EQ(requests, 1);
}

TEST_F(ClientTest, W30_ARequestForThePublicInternetReachesNoNeighbour) {
  ASSERT_EQ(std::get<Response>(Send(To(server.port(), "/healthz"))).status, 200);  // and a connection is kept
  for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    Request request = To(server.port(), "/healthz");
    request.url = "http://" + host + ":" + std::to_string(server.port()) + "/healthz";
    request.public_only = true;
    const Failure failure = Failed(Send(std::move(request)));
    EXPECT_EQ(failure.kind, Failure::Kind::kConnect) << host;
    EXPECT_FALSE(failure.may_have_acted) << host;
  }
}

TEST_F(ClientTest, ReusesItsConnection) {
  std::atomic<int> connections{0};
  RawServer peer(1, [&](RawSocket& socket) {
    ++connections;
    while (!socket.Receive("\r\n\r\n").empty()) socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(std::get<Response>(Send(To(peer.port(), "/"))).body, "ok");
  EXPECT_EQ(connections, 1);
}

TEST_F(ClientTest, NoListenerCannotHaveActed) {
  int port = 0;
  {
    port = RawServer(0, [](RawSocket&) {}).port();
  }
  const Failure failure = Failed(Send(To(port, "/", "POST")));
  EXPECT_EQ(failure.kind, Failure::Kind::kConnect);
  EXPECT_FALSE(failure.may_have_acted);
}

TEST_F(ClientTest, SilenceMayHaveActed) {
  RawServer peer(1, [](RawSocket& socket) { socket.Receive("never", std::chrono::milliseconds(800)); });
  Request request = To(peer.port(), "/", "POST");
  request.timeout = std::chrono::milliseconds(300);
  const Failure failure = Failed(Send(std::move(request)));
  EXPECT_EQ(failure.kind, Failure::Kind::kTimeout);
  EXPECT_TRUE(failure.may_have_acted);
}

TEST_F(ClientTest, ALostAnswerMayHaveActed) {
  RawServer peer(1, [](RawSocket& socket) { socket.Receive("\r\n\r\n"); });
  const Failure failure = Failed(Send(To(peer.port(), "/", "POST")));
  EXPECT_EQ(failure.kind, Failure::Kind::kBroken);
  EXPECT_TRUE(failure.may_have_acted);
}

// A caller may be resumed long after the client is gone: here its only thread is held until then.
TEST_F(ClientTest, ACallUnderWayIsBrokenByTheClientsEndAndOutlivesIt) {
  std::promise<void> asked, gone;
  RawServer peer(1, [&](RawSocket& socket) {
    socket.Receive("\r\n\r\n");
    asked.set_value();
    socket.Receive("never", std::chrono::milliseconds(500));
  });
  std::optional<Outcome> outcome;
  async::Executor one{1};
  auto ending = std::make_unique<Client>(metrics);
  one.Spawn([](Client& sender, Request request, std::optional<Outcome>& out) -> Task<void> {
    out = co_await sender.Send(std::move(request));
  }(*ending, To(peer.port(), "/", "POST"), outcome));
  asked.get_future().wait();
  boost::asio::post(one.context(), [&] { gone.get_future().wait(); });
  ending.reset();
  gone.set_value();
  ASSERT_TRUE(one.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(5)));
  const Failure failure = Failed(outcome.value());
  EXPECT_EQ(failure.kind, Failure::Kind::kBroken);
  EXPECT_TRUE(failure.may_have_acted);
}

TEST_F(ClientTest, APostOnADeadConnectionIsNotSentTwice) {
  std::atomic<int> requests{0};
  RawServer peer(2, [&](RawSocket& socket) {
    if (socket.Receive("\r\n\r\n").empty()) return;
    ++requests;
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (!socket.Receive("\r\n\r\n", std::chrono::milliseconds(500)).empty()) ++requests;  // and closes without an answer
  });
  EXPECT_EQ(std::get<Response>(Send(To(peer.port(), "/first", "POST"))).body, "ok");
  const Failure failure = Failed(Send(To(peer.port(), "/second", "POST")));
  EXPECT_TRUE(failure.may_have_acted);
  EXPECT_EQ(requests, 2);
}

TEST_F(ClientTest, AnswersAreCapped) {
  RawServer peer(1, [](RawSocket& socket) {
    socket.Receive("\r\n\r\n");
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + std::string(5'000'000, 'x'));
  });
  const Failure failure = Failed(Send(To(peer.port(), "/")));
  EXPECT_EQ(failure.kind, Failure::Kind::kTooLarge);
  EXPECT_TRUE(failure.may_have_acted);
}

TEST_F(ClientTest, OnlyHttpAndCleanHeaders) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "nonsense://", ""}) {
    Request request = To(1, "/");
    request.url = url;
    const Failure failure = Failed(Send(std::move(request)));
    EXPECT_EQ(failure.kind, Failure::Kind::kConnect) << url;
    EXPECT_FALSE(failure.may_have_acted) << url;
  }
  Request request = To(server.port(), "/healthz");
  request.headers = {{"X-Note", "a\r\nX-Injected: b"}};
  EXPECT_FALSE(Failed(Send(std::move(request))).may_have_acted);
}

TEST_F(ClientTest, PlainTextWhereTlsIsDueIsATlsFailure) {
  RawServer peer(1, [](RawSocket& socket) {
    socket.Receive("\n", std::chrono::milliseconds(200));
    socket.Send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  Request request = To(peer.port(), "/", "POST");
  request.url.insert(4, "s");
  const Failure failure = Failed(Send(std::move(request)));
  EXPECT_EQ(failure.kind, Failure::Kind::kTls);
  EXPECT_FALSE(failure.may_have_acted);
}

TEST_F(ClientTest, OneClientRunsManyCallsAtOnce) {
  slow_most = 0;
  std::atomic<int> answered{0};
  for (int i = 0; i < 10; ++i) {
    executor.Spawn([](Client* http, Request request, std::atomic<int>* count) -> Task<void> {
      Outcome outcome = co_await http->Send(std::move(request));
      if (std::holds_alternative<Response>(outcome)) ++*count;
    }(&client, To(server.port(), "/slow"), &answered));
  }
  EXPECT_TRUE(executor.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  EXPECT_EQ(answered, 10);
  EXPECT_GT(slow_most, 1);
  EXPECT_TRUE(Carries(metrics.Render(), R"(quittance_http_client_seconds_count{outcome="2xx",target="peer"} 10)"));
}

}  // namespace
}  // namespace quittance::http

// The server's ordinary life: routes, parameters, keep-alive, pipelining, HEAD, refusals, faults of handlers, drain.
#include "tests/unit/http/server_fixture.h"

namespace quittance::http {
namespace {

TEST_F(ServerTest, AnswersARouteWithItsParametersAndTheGivenHeaders) {
  const std::string answer = Exchange(Wire("POST /webhooks/acme/str%20ipe?a=1&b=%2F", "Content-Length: 3\r\n", "abc"));
  EXPECT_EQ(StatusLine(answer), "HTTP/1.1 200 OK");
  EXPECT_TRUE(Carries(answer, "POST /webhooks/acme/str ipe?a=1&b=%2F [acme] [str ipe]\nabc"));
  EXPECT_TRUE(Carries(answer, "X-Frame-Options: DENY\r\n"));
  EXPECT_TRUE(Carries(answer, "Connection: close\r\n"));
  EXPECT_EQ(answer.find("Server:"), std::string::npos);
}

TEST_F(ServerTest, AnEncodedSlashStaysInItsParameter) { EXPECT_TRUE(Carries(Exchange(Wire("GET /webhooks/a%2Fb/c")), "[a/b] [c]")); }

TEST_F(ServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  const std::string answer = Exchange(Wire("HEAD /healthz"));
  EXPECT_EQ(StatusLine(answer), "HTTP/1.1 200 OK");
  EXPECT_TRUE(Carries(answer, "Content-Length: 15\r\n"));  // "HEAD /healthz?" and a line feed
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, UnknownPathIs404AndUnknownMethodIs405WithAllow) {
  const std::string lost = Exchange(Wire("GET /nothing"));
  EXPECT_EQ(StatusLine(lost), "HTTP/1.1 404 Not Found");
  EXPECT_TRUE(Carries(lost, "X-Frame-Options: DENY\r\n"));
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /healthz/"))), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /webhooks//stripe"))), "HTTP/1.1 404 Not Found");
  const std::string refused = Exchange(Wire("DELETE /webhooks/acme/stripe"));
  EXPECT_EQ(StatusLine(refused), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_TRUE(Carries(refused, "Allow: POST, GET, HEAD\r\n"));
  EXPECT_TRUE(Carries(refused, "X-Content-Type-Options: nosniff\r\n"));
}

TEST_F(ServerTest, ABrokenEscapeIs400) {
  for (const char* path :
       {"/webhooks/acme/%", "/webhooks/acme/%2", "/webhooks/acme/%zz", "/webhooks/acme/%00", "/webhooks/acme/a%0d%0ab"}) {
    EXPECT_EQ(StatusLine(Exchange(Wire(std::string("GET ") + path))), "HTTP/1.1 400 Bad Request") << path;
  }
}

TEST_F(ServerTest, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  RawSocket socket(server.port());
  const std::string one = "POST /webhooks/a/1 HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\none";
  const std::string two = "POST /webhooks/a/2 HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n";
  const std::string lost = "GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n";
  socket.Send(one + two + lost + one);
  EXPECT_TRUE(Carries(socket.Receive("\none"), "200 OK"));
  EXPECT_TRUE(Carries(socket.Receive("\ntwo"), "[2]"));
  EXPECT_TRUE(Carries(socket.Receive("Not Found\n"), "HTTP/1.1 404"));
  EXPECT_TRUE(Carries(socket.Receive("\none"), "200 OK"));
  socket.Send(one);
  EXPECT_TRUE(Carries(socket.Receive("\none"), "200 OK"));
  EXPECT_FALSE(socket.closed());
}

TEST_F(ServerTest, AnnouncedBodiesAreInvited) {
  RawSocket socket(server.port());
  socket.Send(Wire("POST /webhooks/a/b", "Content-Length: 2\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(socket.Receive("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.Send("ok");
  EXPECT_TRUE(Carries(socket.ReceiveAll(), "200 OK"));
}

TEST_F(ServerTest, AFaultIs503ABugIs500AndADropIsNoAnswer) {
  const std::string away = Exchange(Wire("GET /broken?fault"));
  EXPECT_EQ(StatusLine(away), "HTTP/1.1 503 Service Unavailable");
  EXPECT_TRUE(Carries(away, "Retry-After: 1\r\n"));
  EXPECT_EQ(away.find("database"), std::string::npos);
  const std::string bug = Exchange(Wire("GET /broken?bug"));
  EXPECT_EQ(StatusLine(bug), "HTTP/1.1 500 Internal Server Error");
  EXPECT_TRUE(Carries(bug, "X-Frame-Options: DENY\r\n"));
  EXPECT_EQ(Exchange(Wire("GET /broken?drop")), "");
}

TEST_F(ServerTest, CountsByRouteAndStatusNeverByPath) {
  Exchange(Wire("GET /webhooks/acme/stripe"));
  Exchange(Wire("GET /invented/path"));
  const std::string text = metrics.Render();
  EXPECT_TRUE(Carries(text, R"(quittance_http_requests_total{route="/webhooks/{tenant}/{connection}",server="test",status="200"} 1)"));
  EXPECT_TRUE(Carries(text, R"(quittance_http_requests_total{route="none",server="test",status="404"} 1)"));
  EXPECT_EQ(text.find("acme"), std::string::npos);
}

TEST_F(ServerTest, DrainFinishesWhatRunsAndEndsIdleConnections) {
  RawSocket idle(server.port());
  idle.Send("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(Carries(idle.Receive("/healthz?\n"), "200 OK"));
  RawSocket busy(server.port());
  busy.Send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));

  const auto started = std::chrono::steady_clock::now();
  server.Drain(started + std::chrono::minutes(2));
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::minutes(1)) << "not until its deadline";
  const std::string late = busy.ReceiveAll();
  EXPECT_TRUE(Carries(late, "late"));
  EXPECT_TRUE(Carries(late, "Connection: close"));
  idle.ReceiveAll();
  EXPECT_TRUE(idle.closed());
  EXPECT_THROW(RawSocket(server.port()), std::runtime_error);
}

}  // namespace
}  // namespace quittance::http

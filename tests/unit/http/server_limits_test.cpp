// What hostile requests cost and get: bodies, headers, framing, encodings, slowness, numbers of connections.
#include "tests/unit/http/server_fixture.h"

namespace quittance::http {
namespace {

TEST_F(ServerTest, W21_ABodyBeyondTheRoutesLimitIs413BeforeItIsRead) {
  RawSocket socket(server.port());
  socket.Send("POST /webhooks/a/b HTTP/1.1\r\nHost: test\r\nContent-Length: 52428800\r\n\r\n");  // not a byte of it follows
  const std::string answer = socket.ReceiveAll();
  EXPECT_EQ(StatusLine(answer), "HTTP/1.1 413 Payload Too Large");
  EXPECT_TRUE(Carries(answer, "X-Frame-Options: DENY\r\n"));
  EXPECT_TRUE(Carries(answer, "Connection: close\r\n"));
  EXPECT_TRUE(socket.closed());
  EXPECT_EQ(StatusLine(Exchange(Wire("POST /webhooks/a/b", "Content-Length: 1000\r\n", std::string(1000, 'x')))), "HTTP/1.1 200 OK");
  EXPECT_EQ(StatusLine(Exchange(Wire("POST /webhooks/a/b", "Content-Length: 1001\r\n", std::string(1001, 'x')))),
            "HTTP/1.1 413 Payload Too Large");
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /healthz", "Content-Length: 1\r\n", "x"))), "HTTP/1.1 413 Payload Too Large");
}

TEST_F(ServerTest, W21_ASenderOfFiftyMegabytesStillReadsItsAnswer) {
  RawSocket socket(server.port());
  socket.Send("POST /webhooks/a/b HTTP/1.1\r\nHost: test\r\nContent-Length: 52428800\r\n\r\n");
  EXPECT_TRUE(socket.Send(std::string(50 * 1024 * 1024, 'x')));
  EXPECT_EQ(StatusLine(socket.ReceiveAll()), "HTTP/1.1 413 Payload Too Large");
}

TEST_F(ServerTest, W21_ChunksAreCounted) {
  std::string chunks;
  for (int i = 0; i < 11; ++i) chunks += "64\r\n" + std::string(100, 'x') + "\r\n";
  EXPECT_EQ(StatusLine(Exchange(Wire("POST /webhooks/a/b", "Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n"))),
            "HTTP/1.1 413 Payload Too Large");
  EXPECT_EQ(StatusLine(Exchange(Wire("POST /webhooks/a/b", "Transfer-Encoding: chunked\r\n", chunks.substr(106) + "0\r\n\r\n"))),
            "HTTP/1.1 200 OK");
}

TEST_F(ServerTest, W21_TwoLengthsAre400AndClose) {
  const std::vector<std::string> smuggled = {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                             "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                                             "Content-Length: 3\r\nContent-Length: 3\r\n",
                                             "Content-Length: 3\r\nContent-Length: 4\r\n",
                                             "Transfer-Encoding: gzip, chunked\r\n",
                                             "Transfer-Encoding: identity\r\n",
                                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                             "Content-Length: +3\r\n",
                                             "Content-Length: 0x3\r\n",
                                             "Content-Length : 3\r\n",
                                             "Host: other\r\n"};
  for (const std::string& headers : smuggled) {
    RawSocket socket(server.port());
    socket.Send("POST /webhooks/a/b HTTP/1.1\r\nHost: test\r\n" + headers +
                "\r\n3\r\nabc\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
    const std::string answer = socket.ReceiveAll();
    EXPECT_EQ(StatusLine(answer), "HTTP/1.1 400 Bad Request") << headers;
    EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << "answered twice: " << answer;
    EXPECT_TRUE(socket.closed());
  }
}

TEST_F(ServerTest, W21_ASlowSenderIsCutOff) {
  RawSocket socket(server.port());
  const auto started = std::chrono::steady_clock::now();
  const std::string request = "POST /webhooks/a/b HTTP/1.1\r\nHost: test\r\nX-Slow: ";
  std::size_t sent = 0;
  while (sent < request.size() && socket.Send(request.substr(sent, 1))) {  // a byte each 20 ms: never silent for long
    ++sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (std::chrono::steady_clock::now() - started > std::chrono::milliseconds(600)) break;
  }
  EXPECT_EQ(socket.Receive({}, std::chrono::milliseconds(500)), "");
  EXPECT_TRUE(socket.closed());

  RawSocket body(server.port());
  body.Send("POST /webhooks/a/b HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(body.Receive({}, std::chrono::milliseconds(900)), "");
  EXPECT_TRUE(body.closed());

  RawSocket silent(server.port());
  EXPECT_EQ(silent.Receive({}, std::chrono::milliseconds(900)), "");
  EXPECT_TRUE(silent.closed());
}

TEST_F(ServerTest, W22_AnyContentEncodingIs415) {
  for (const char* encoding : {"gzip", "br", "deflate", "identity"}) {
    const std::string answer =
        Exchange(Wire("POST /webhooks/a/b", "Content-Length: 3\r\nContent-Encoding: " + std::string(encoding) + "\r\n", "abc"));
    EXPECT_EQ(StatusLine(answer), "HTTP/1.1 415 Unsupported Media Type") << encoding;
    EXPECT_TRUE(Carries(answer, "X-Frame-Options: DENY\r\n"));
  }
}

TEST_F(ServerTest, N06_HeaderBombsAre431) {
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /healthz", "X-Big: " + std::string(17 * 1024, 'x') + "\r\n"))),
            "HTTP/1.1 431 Request Header Fields Too Large");
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /healthz", many))), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /" + std::string(17 * 1024, 'a')))), "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /healthz", "X-Fine: " + std::string(8 * 1024, 'x') + "\r\n"))), "HTTP/1.1 200 OK");
}

TEST_F(ServerTest, NonsenseIs400) {
  for (const char* bytes :
       {"\x16\x03\x01\x02garbage\r\n\r\n", "GET\r\n\r\n", "GET /healthz HTTP/9.9\r\nHost: test\r\n\r\n",
        "GET healthz HTTP/1.1\r\nHost: test\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz#x HTTP/1.1\r\nHost: test\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: test\r\nBad Name: x\r\n\r\n"}) {
    EXPECT_EQ(StatusLine(Exchange(bytes)), "HTTP/1.1 400 Bad Request") << bytes;
  }
}

TEST_F(ServerTest, N03_TooManyConnectionsAreClosedAtOnceAndRoomReturns) {
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (int i = 0; i < 20; ++i) {
    sockets.push_back(std::make_unique<RawSocket>(server.port()));
    sockets.back()->Send("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_TRUE(Carries(sockets.back()->Receive("/healthz?\n"), "200 OK"));
  }
  EXPECT_EQ(Exchange(Wire("GET /healthz")), "");
  sockets.clear();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(StatusLine(Exchange(Wire("GET /healthz"))), "HTTP/1.1 200 OK");
}

}  // namespace
}  // namespace quittance::http

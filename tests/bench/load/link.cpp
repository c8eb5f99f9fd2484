// See link.h. The gRPC side follows its protocol over HTTP/2: what no trailers say is told from the HTTP status or the stream's error.
#include "tests/bench/load/link.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include "common/crypto/hmac.h"

namespace quittance::bench {
namespace {

constexpr std::int32_t kWindow = 1 << 30;  // of the connection: half of it is never used up between two updates
constexpr std::uint32_t kStreamWindow = 16U << 20U;
constexpr std::size_t kTableMax = 1U << 20U;   // of headers, where the server allows it
constexpr std::size_t kBlockMax = 16384;       // a frame's least maximum
constexpr std::size_t kConstantHeaders = 512;  // more than they can come to, table sizes included
constexpr std::size_t kLengths = 8;            // of a literal header
constexpr std::size_t kGatherMax = 256U << 10U;
constexpr std::size_t kReadMax = 128U << 10U;
constexpr std::size_t kFrameHead = 9;

std::string_view Text(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

std::int32_t StreamOf(const std::uint8_t* frame) {
  return static_cast<std::int32_t>((frame[5] & 0x7FU) << 24U | static_cast<unsigned>(frame[6]) << 16U |
                                   static_cast<unsigned>(frame[7]) << 8U | frame[8]);
}

void AppendBytes(std::string& out, std::size_t number, unsigned bytes) {
  while (bytes-- > 0) out.push_back(static_cast<char>(number >> 8U * bytes & 255U));
}

std::string PercentDecoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(&text[i + 1], &text[i + 1] + 2, byte, 16).ptr == &text[i + 1] + 2) {
      plain.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

// Of a -bin header: base64 with or without its padding.
std::string BinaryOf(std::string_view text) {
  std::string padded(text);
  while (padded.size() % 4 != 0) padded.push_back('=');
  return crypto::UnBase64(padded).value_or("");
}

grpc::StatusCode OfHttp(int status) {
  switch (status) {
    case 400:
      return grpc::StatusCode::INTERNAL;
    case 401:
      return grpc::StatusCode::UNAUTHENTICATED;
    case 403:
      return grpc::StatusCode::PERMISSION_DENIED;
    case 404:
      return grpc::StatusCode::UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return grpc::StatusCode::UNAVAILABLE;
    default:
      return grpc::StatusCode::UNKNOWN;
  }
}

grpc::StatusCode OfStreamError(std::uint32_t error) {
  switch (error) {
    case NGHTTP2_NO_ERROR:
      return grpc::StatusCode::UNKNOWN;
    case NGHTTP2_REFUSED_STREAM:
      return grpc::StatusCode::UNAVAILABLE;
    case NGHTTP2_CANCEL:
      return grpc::StatusCode::CANCELLED;
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case NGHTTP2_INADEQUATE_SECURITY:
      return grpc::StatusCode::PERMISSION_DENIED;
    default:
      return grpc::StatusCode::INTERNAL;
  }
}

bool IsOnePlainMessage(std::string_view body) {
  if (body.size() < kMessageHead || body[0] != 0) return false;
  std::size_t size = 0;
  for (std::size_t i = 1; i < kMessageHead; ++i) size = size << 8U | static_cast<std::uint8_t>(body[i]);
  return size == body.size() - kMessageHead;
}

void Complete(Roundtrip& trip, std::uint32_t error) {
  if (trip.grpc_status == grpc::StatusCode::OK) {
    if (!IsOnePlainMessage(trip.reply.body)) trip.End(grpc::StatusCode::INTERNAL, "the answer is not one plain message");
  } else if (trip.grpc_status > 0) {
    trip.reply.status =
        grpc::Status(static_cast<grpc::StatusCode>(trip.grpc_status), PercentDecoded(trip.grpc_message), BinaryOf(trip.grpc_details));
  } else if (trip.http_status != 0 && trip.http_status != 200) {
    trip.End(OfHttp(trip.http_status), "HTTP status " + std::to_string(trip.http_status));
  } else {
    trip.End(OfStreamError(error), std::string("stream closed: ") + nghttp2_http2_strerror(error));
  }
}

}  // namespace

bool Reply::Has(std::string_view name) const {
  return std::any_of(metadata.begin(), metadata.end(), [&](const auto& header) { return header.first == name; });
}

// What libnghttp2 calls. They only note; who waits for a reply is told when libnghttp2 is done with its turn.
struct Link::Callbacks {
  static Link& Of(void* link) { return *static_cast<Link*>(link); }

  static int Header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* link) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (Roundtrip* trip = Of(link).Find(frame->hd.stream_id)) {
      const bool trailers = frame->headers.cat == NGHTTP2_HCAT_HEADERS;
      Of(link).TakeHeader(*trip, trailers, Text(name, name_size), Text(value, value_size));
    }
    return 0;
  }

  static int Data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size, void* link) {
    if (Roundtrip* trip = Of(link).Find(stream)) trip->reply.body.append(Text(data, size));
    return 0;
  }

  static int Frame(nghttp2_session* session, const nghttp2_frame* frame, void* link) {
    if (frame->hd.type == NGHTTP2_GOAWAY) Of(link).leaving_ = true;
    if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
      Of(link).heard_ = true;
      const std::size_t allowed = nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_HEADER_TABLE_SIZE);
      if (const auto limit = std::min(allowed, kTableMax); limit != Of(link).table_.limit()) Of(link).table_.Resize(limit);
    }
    return 0;
  }

  static int Closed(nghttp2_session*, std::int32_t stream, std::uint32_t error, void* link) {
    Of(link).Close(stream, error);
    return 0;
  }

  // A request that waited for its turn when the server said that it takes no more.
  static int NotSent(nghttp2_session*, const nghttp2_frame* frame, int, void* link) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (RoundtripPtr trip = Of(link).Remove(frame->hd.stream_id)) Of(link).unsent_.push_back(std::move(trip));
    return 0;
  }

  static ssize_t Body(nghttp2_session*, std::int32_t stream, std::uint8_t* buffer, std::size_t size, std::uint32_t* flags,
                      nghttp2_data_source*, void* link) {
    Roundtrip* trip = Of(link).Find(stream);
    if (trip == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t part = std::min(size, trip->request.size() - trip->sent);
    std::memcpy(buffer, trip->request.data() + trip->sent, part);
    trip->sent += part;
    if (trip->sent == trip->request.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part);
  }

  static nghttp2_session* NewSession(Link& link) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* option = nullptr;
    nghttp2_session* session = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_header_callback(callbacks, Header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Closed);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, NotSent);
    nghttp2_option_set_no_closed_streams(option, 1);
    if (nghttp2_session_client_new2(&session, callbacks, &link, option) != 0) throw std::bad_alloc();
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return session;
  }
};

Link::Link(int fd, std::string authority) : fd_(fd), authority_(std::move(authority)), session_(Callbacks::NewSession(*this)) {
  SendSettings();
}

Link::~Link() {
  nghttp2_session_del(session_);
  close(fd_);
}

void Link::SendSettings() {
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow}};
  if (nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)) != 0 ||
      nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow) != 0)
    throw std::runtime_error("libnghttp2 refuses its settings");
}

// libnghttp2 gets a header to count the stream by; what is sent in its place is put together by AppendRequestHeaders.
void Link::Start(RoundtripPtr trip) {
  std::uint8_t name[] = ":method";
  std::uint8_t value[] = "POST";
  const nghttp2_nv method{name, value, sizeof name - 1, sizeof value - 1, NGHTTP2_NV_FLAG_NONE};
  const nghttp2_data_provider body{{}, Callbacks::Body};
  std::size_t size = trip->head->path.size() + kConstantHeaders;
  for (const auto& [key, text] : trip->head->metadata) size += key.size() + text.size() + kLengths;
  if (size > kBlockMax) return EndNow(std::move(trip), grpc::StatusCode::RESOURCE_EXHAUSTED, "the headers do not fit a frame");
  const std::int32_t stream = nghttp2_submit_request(session_, nullptr, &method, 1, &body, nullptr);
  if (stream < 0) {
    leaving_ = true;  // as when it has no numbers left for streams: the next connection has
    return EndNow(std::move(trip), grpc::StatusCode::UNAVAILABLE, nghttp2_strerror(stream));
  }
  under_way_.emplace(stream, std::move(trip));
}

bool Link::Read() {
  static thread_local char buffer[kReadMax];
  const ssize_t size = recv(fd_, buffer, sizeof buffer, 0);
  if (size == 0) return Fail("connection closed by the server");
  if (size < 0) return errno == EAGAIN || errno == EINTR || Fail(std::strerror(errno));
  const ssize_t taken = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(buffer), static_cast<std::size_t>(size));
  return taken >= 0 || Fail(nghttp2_strerror(static_cast<int>(taken)));
}

bool Link::Write() {
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Fail(std::string("connect: ") + std::strerror(error));
    if (getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return true;  // under way
    connected_ = true;
  }
  for (;;) {
    if (!Gather()) return false;
    if (out_.empty()) break;
    if (!Flush()) return false;
    if (blocked_) return true;
  }
  blocked_ = false;
  const bool wanted = nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
  return wanted || Fail(leaving_ ? "the server has left" : "the server does not keep to HTTP/2");
}

// Frames of libnghttp2 into one buffer. It gives whole frames, a connection's preface apart; a request's HEADERS are written anew.
bool Link::Gather() {
  while (out_.size() < kGatherMax) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size < 0) return Fail(nghttp2_strerror(static_cast<int>(size)));
    if (size == 0) break;
    const auto frame = Text(data, static_cast<std::size_t>(size));
    if (frame.size() < kFrameHead || data[3] != NGHTTP2_HEADERS || !AppendRequestHeaders(StreamOf(data))) out_.append(frame);
  }
  return true;
}

bool Link::Flush() {
  blocked_ = false;
  while (out_sent_ < out_.size()) {
    const ssize_t size = send(fd_, out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return Fail(std::strerror(errno));
    if (size < 0) {
      blocked_ = true;
      return true;
    }
    out_sent_ += static_cast<std::size_t>(size);
  }
  out_.clear();
  out_sent_ = 0;
  return true;
}

// False for a call that ended meanwhile: what libnghttp2 wrote goes out, and its reset next.
bool Link::AppendRequestHeaders(std::int32_t stream) {
  const Roundtrip* trip = Find(stream);
  if (trip == nullptr) return false;
  block_.clear();
  table_.Begin(block_);
  table_.Add(block_, ":path", trip->head->path);
  table_.Add(block_, ":authority", authority_);
  table_.Add(block_, "te", "trailers");
  table_.Add(block_, "content-type", "application/grpc");
  table_.Add(block_, "user-agent", "quittance-load");
  table_.Add(block_, "grpc-timeout", trip->timeout);
  for (const auto& [name, value] : trip->head->metadata) table_.Add(block_, name, value);
  AppendBytes(out_, block_.size(), 3);
  AppendBytes(out_, NGHTTP2_HEADERS, 1);
  AppendBytes(out_, NGHTTP2_FLAG_END_HEADERS, 1);
  AppendBytes(out_, static_cast<std::uint32_t>(stream), 4);
  out_.append(block_);
  return true;
}

void Link::TakeHeader(Roundtrip& trip, bool trailers, std::string_view name, std::string_view value) {
  if (name == ":status") {
    std::from_chars(value.data(), value.data() + value.size(), trip.http_status);
  } else if (name == "grpc-status") {
    trip.grpc_status = grpc::StatusCode::UNKNOWN;  // unless it is a number
    std::from_chars(value.data(), value.data() + value.size(), trip.grpc_status);
  } else if (name == "grpc-message") {
    trip.grpc_message = value;
  } else if (name == "grpc-status-details-bin") {
    trip.grpc_details = value;
  } else if (!trailers && name != "content-type" && name.rfind("grpc-", 0) != 0) {
    trip.reply.metadata.emplace_back(name, value);
  }
}

void Link::Close(std::int32_t stream, std::uint32_t error) {
  RoundtripPtr trip = Remove(stream);
  if (trip == nullptr) return;
  if (leaving_ && error == NGHTTP2_REFUSED_STREAM && !trip->again) {
    trip->again = true;
    unsent_.push_back(std::move(trip));
    return;
  }
  Complete(*trip, error);
  ended_.push_back(std::move(trip));
}

void Link::EndOverdue(Clock::time_point now) {
  std::vector<std::int32_t> overdue;
  for (const auto& [stream, trip] : under_way_) {
    if (trip->deadline <= now) overdue.push_back(stream);
  }
  for (const std::int32_t stream : overdue) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    EndNow(Remove(stream), grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded");
  }
}

void Link::Break(const std::string& why) {
  for (auto& [stream, trip] : std::exchange(under_way_, {})) EndNow(std::move(trip), grpc::StatusCode::UNAVAILABLE, why);
}

void Link::EndNow(RoundtripPtr trip, grpc::StatusCode code, const std::string& why) {
  trip->End(code, why);
  ended_.push_back(std::move(trip));
}

Roundtrip* Link::Find(std::int32_t stream) {
  const auto at = under_way_.find(stream);
  return at == under_way_.end() ? nullptr : at->second.get();
}

RoundtripPtr Link::Remove(std::int32_t stream) {
  auto node = under_way_.extract(stream);
  return node.empty() ? nullptr : std::move(node.mapped());
}

bool Link::Fail(const std::string& why) {
  fault_ = why;
  return false;
}

}  // namespace quittance::bench

// Renders a mail as RFC 5322: multipart/alternative of text and HTML, both quoted-printable, UTF-8 in headers as RFC 2047 encoded words.
// Invariant: pure; the same mail gives the same bytes, and nothing in it can add a header or end the message.
#include <algorithm>
#include <ctime>

#include "common/core/check.h"
#include "common/core/text.h"
#include "common/http/smtp.h"

namespace quittance::http {
namespace {

constexpr std::size_t kLineMax = 76;  // RFC 2045 §6.7, RFC 2047 §2 says 75 for an encoded word
constexpr std::size_t kEncodedWordMax = 75;
constexpr std::string_view kDigits = "0123456789ABCDEF";
constexpr std::string_view kWordOpen = "=?UTF-8?Q?";
constexpr std::string_view kWordClose = "?=";

std::string Escaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return {'=', kDigits[byte >> 4], kDigits[byte & 15]};
}

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool IsPlainHeaderText(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return ascii && text.size() <= kLineMax - 12 && text.find("=?") == std::string_view::npos;
}

// One or more encoded words; a character of several bytes is never split between two.
std::string EncodeHeaderText(std::string_view text) {
  if (IsPlainHeaderText(text)) return std::string(text);
  std::string encoded(kWordOpen);
  std::size_t word = kWordOpen.size();
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xC0) == 0x80 && length < 4) ++length;
    std::string piece;
    for (const char c : text.substr(i, length)) piece += IsAlphanumeric(c) ? std::string(1, c) : c == ' ' ? "_" : Escaped(c);
    if (word + piece.size() + kWordClose.size() > kEncodedWordMax) {
      encoded += std::string(kWordClose) + "\r\n " + std::string(kWordOpen);
      word = kWordOpen.size();
    }
    encoded += piece;
    word += piece.size();
    i += length;
  }
  return encoded += kWordClose;
}

// A display name: words as they are, quoted when it holds specials, encoded when it is not ASCII.
std::string DisplayName(std::string_view name) {
  if (!IsPlainHeaderText(name)) return EncodeHeaderText(name);
  if (std::all_of(name.begin(), name.end(), [](char c) { return IsAlphanumeric(c) || c == ' ' || c == '-'; })) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  return quoted + '"';
}

std::string QuotedPrintable(std::string_view text) {
  std::string encoded;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (c == '\n') {
      encoded += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool plain = (c > 0x20 && c < 0x7f && c != '=') || (c == ' ' && !ends_line);
    const std::string piece = plain ? std::string(1, c) : Escaped(c);
    if (column + piece.size() > kLineMax - 1) {
      encoded += "=\r\n";
      column = 0;
    }
    encoded += piece;
    column += piece.size();
  }
  return encoded;
}

// "Sat, 21 Nov 2026 09:30:00 +0000"; strftime in the C locale, which this process never leaves.
std::string Rfc5322Date(TimePoint time) {
  const std::time_t seconds = UnixSeconds(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

// `=_` cannot occur in quoted-printable, so the boundary cannot occur in a part (RFC 2045 §6.7).
std::string Boundary(std::string_view message_id) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a: only to differ between mails
  for (const char c : message_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::string boundary = "=_quittance_";
  for (int shift = 60; shift >= 0; shift -= 4) boundary += kDigits[(hash >> shift) & 15];
  return boundary;
}

std::string Part(const std::string& boundary, std::string_view type, std::string_view content) {
  return "--" + boundary + "\r\nContent-Type: " + std::string(type) +
         "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + QuotedPrintable(content) + "\r\n";
}

}  // namespace

bool MailIsClean(const Mail& mail) {
  const auto address_is_clean = [](std::string_view address) {
    return address.size() >= 3 && address.size() <= 320 && address.find('@') != std::string_view::npos &&
           std::none_of(address.begin(), address.end(),
                        [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == ','; });
  };
  const bool headers_are_clean = std::all_of(mail.headers.begin(), mail.headers.end(), [](const Header& header) {
    return !header.name.empty() && header.name.find(':') == std::string::npos && !BreaksLine(header.name) && !BreaksLine(header.value);
  });
  return headers_are_clean && address_is_clean(mail.from) && address_is_clean(mail.to) && !BreaksLine(mail.from_name) &&
         !BreaksLine(mail.subject) && !BreaksLine(mail.message_id) && !BreaksLine(mail.language);
}

std::string RenderMail(const Mail& mail) {
  CHECK(MailIsClean(mail));
  const std::string boundary = Boundary(mail.message_id);
  std::string bytes;
  const auto header = [&bytes](std::string_view name, std::string_view value) {
    bytes += std::string(name) + ": " + std::string(value) + "\r\n";
  };
  header("Date", Rfc5322Date(mail.date));
  header("From", mail.from_name.empty() ? mail.from : DisplayName(mail.from_name) + " <" + mail.from + ">");
  header("To", mail.to);
  header("Subject", EncodeHeaderText(mail.subject));
  header("Message-ID", "<" + mail.message_id + ">");
  if (!mail.language.empty()) header("Content-Language", mail.language);
  for (const Header& extra : mail.headers) header(extra.name, extra.value);
  header("MIME-Version", "1.0");
  header("Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
  bytes += "\r\n";
  bytes += Part(boundary, "text/plain", mail.text);
  bytes += Part(boundary, "text/html", mail.html);
  bytes += "--" + boundary + "--\r\n";
  return bytes;
}

}  // namespace quittance::http

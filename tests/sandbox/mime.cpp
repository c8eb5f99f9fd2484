// The body of mime.h; the invariant it keeps stands there.
#include "tests/sandbox/mime.h"

#include <algorithm>

#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

constexpr int kDepthMax = 5;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

// "=C3=A9" and soft line breaks; with `in_header` an underscore is a blank (RFC 2047).
std::string FromQuotedPrintable(std::string_view text, bool in_header) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_header && text[i] == '_') {
      plain += ' ';
    } else if (text[i] == '=' && text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else if (const auto byte = text[i] == '=' ? crypto::UnHex(text.substr(i + 1, 2)) : std::nullopt; byte && byte->size() == 1) {
      plain += *byte;
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string FromBase64(std::string_view text) {
  std::string compact(text);
  std::erase_if(compact, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
  return crypto::UnBase64(compact).value_or(std::string(text));
}

// Encoded words; blanks between two of them are not part of the text.
std::string DecodeHeader(std::string_view text) {
  std::string plain;
  bool after_word = false;
  while (!text.empty()) {
    const std::size_t open = text.find("=?");
    const std::size_t charset_end = open == std::string_view::npos ? open : text.find('?', open + 2);
    const std::size_t encoding_end = charset_end == std::string_view::npos ? charset_end : text.find('?', charset_end + 1);
    const std::size_t close = encoding_end == std::string_view::npos ? encoding_end : text.find("?=", encoding_end + 1);
    if (close == std::string_view::npos) break;
    const std::string_view between = text.substr(0, open);
    if (!after_word || between.find_first_not_of(' ') != std::string_view::npos) plain += between;
    const std::string encoding = Lower(text.substr(charset_end + 1, encoding_end - charset_end - 1));
    const std::string_view word = text.substr(encoding_end + 1, close - encoding_end - 1);
    plain += encoding == "b" ? FromBase64(word) : FromQuotedPrintable(word, true);
    text.remove_prefix(close + 2);
    after_word = true;
  }
  return plain.append(text);
}

struct Entity {
  std::vector<http::Header> headers;  // unfolded, raw
  std::string_view body;
};

Entity Split(std::string_view bytes) {
  Entity entity;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find("\r\n"), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(bytes.size(), end + 2));
    if (line.empty()) break;
    if ((line.front() == ' ' || line.front() == '\t') && !entity.headers.empty()) {
      entity.headers.back().value += ' ' + std::string(line.substr(line.find_first_not_of(" \t")));
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::size_t start = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    entity.headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(start))});
  }
  entity.body = bytes;
  return entity;
}

std::string Find(const std::vector<http::Header>& headers, std::string_view name) {
  for (const http::Header& header : headers) {
    if (Lower(header.name) == Lower(name)) return header.value;
  }
  return "";
}

std::string BoundaryOf(const std::string& content_type) {
  const std::size_t at = Lower(content_type).find("boundary=");
  if (at == std::string::npos) return "";
  std::string value = content_type.substr(at + 9);
  if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
  return value.substr(0, value.find_first_of("; "));
}

void Collect(const Entity& entity, ParsedMail& mail, int depth) {
  const std::string type = Find(entity.headers, "content-type");
  const std::string boundary = BoundaryOf(type);
  if (Lower(type).starts_with("multipart/") && !boundary.empty() && depth < kDepthMax) {
    const std::string line = "--" + boundary;
    std::size_t at = entity.body.find(line);
    while (at != std::string_view::npos) {
      const std::size_t start = at + line.size() + 2;
      const std::size_t next = entity.body.find("\r\n" + line, at + line.size());
      if (next == std::string_view::npos || start > next) break;
      Collect(Split(entity.body.substr(start, next - start)), mail, depth + 1);
      at = next + 2;
      if (entity.body.substr(at + line.size(), 2) == "--") break;
    }
    return;
  }
  const std::string encoding = Lower(Find(entity.headers, "content-transfer-encoding"));
  std::string content = encoding == "quoted-printable" ? FromQuotedPrintable(entity.body, false)
                        : encoding == "base64"         ? FromBase64(entity.body)
                                                       : std::string(entity.body);
  std::erase(content, '\r');
  (Lower(type).starts_with("text/html") ? mail.html : mail.text) += content;
}

}  // namespace

std::string ParsedMail::Header(std::string_view name) const { return Find(headers, name); }

ParsedMail ParseMail(std::string_view received) {
  std::string bytes;  // bare line feeds, as some senders leave them, are line ends too
  for (const char c : received) {
    if (c == '\n' && !bytes.ends_with('\r')) bytes += '\r';
    bytes += c;
  }
  ParsedMail mail;
  const Entity entity = Split(bytes);
  for (const http::Header& header : entity.headers) mail.headers.push_back({header.name, DecodeHeader(header.value)});
  Collect(entity, mail, 0);
  return mail;
}

}  // namespace quittance::sandbox

// Which addresses are the public internet's. Invariant: what is not surely public is not, so a URL that somebody else names never leads
// to loopback, to a neighbour, or to a cloud's metadata (OWASP API7:2023, server side request forgery).
#pragma once

#include <sys/socket.h>

namespace quittance::http {

// False for what the IANA special-purpose registries (RFC 6890, RFC 4291) keep for other ends, and for IPv6 that carries an IPv4 address.
bool IsPublicAddress(const sockaddr& address);

}  // namespace quittance::http

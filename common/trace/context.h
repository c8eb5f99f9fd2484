// W3C trace context: taken in from callers, carried through events and outgoing calls, written into logs.
// Invariant: a malformed traceparent starts a new trace, it never refuses a call.
#pragma once

#include <string>
#include <string_view>

namespace quittance::trace {

// 00-<32 hex>-<16 hex>-<2 hex>, neither id all zero.
bool IsTraceparent(std::string_view text);

// A child of `parent` (same trace id, new span id), or a new trace when `parent` is not one.
std::string ChildOf(std::string_view parent);

// The 32 digits of the trace id; empty when it is not a traceparent.
std::string TraceId(std::string_view traceparent);

}  // namespace quittance::trace

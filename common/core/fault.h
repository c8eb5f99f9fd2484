// Faults: what networks, disks and other processes do to us. Thrown anywhere, caught only in the edge loops (rpc, consumer, job).
#pragma once

#include <stdexcept>
#include <string>

namespace quittance {

// A part we need is down or slow; the caller may retry. The text never holds a secret.
class Fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A bounded queue is full or no connection came in time: becomes RESOURCE_EXHAUSTED with a retry hint.
class Overloaded : public Fault {
 public:
  using Fault::Fault;
};

// The connection broke during COMMIT: the effect may or may not be there. Only a read by key on a new connection tells.
class CommitInDoubt : public Fault {
 public:
  using Fault::Fault;
};

}  // namespace quittance

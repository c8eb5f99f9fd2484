// What a service keeps about one person, list by list, and PersonService, by which auth collects it.
// Invariant: each list is read as that person (their own row scope), so that nothing of anybody else can be in it; nothing secret is given.
//
//   {"payment_intents", [&deps](Caller person, std::string token) { return Payments(deps, std::move(person), std::move(token)); }}
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/rpc/handle.h"

namespace quittance::db {
class Database;
}

namespace quittance::person {

// A record is a JSON object, so a page of the largest must fit into one message.
inline constexpr std::int32_t kPageSize = 50;

struct Page {
  std::vector<std::string> records;
  std::string next_page_token;
};
using ReadPage = std::function<Task<Result<Page>>(Caller person, std::string page_token)>;

struct List {
  std::string kind;
  ReadPage read;
};
using Lists = std::vector<List>;

// The person as a caller who sees what is their own.
Caller AsPerson(TenantId tenant, UserId user);

// As the contracts' JSON mapping, with the names of the fields as they are written in them.
std::string ToJson(const google::protobuf::Message& message);

// The rows of this service's audit trail about the person and of what they did; other people are named "somebody" in them.
List AuditEntries(db::Database& db);

// The next record page of `lists` behind `token` (empty: the first), and the token behind that.
struct Piece {
  std::string kind;
  Page page;
};
Task<Result<Piece>> ReadPiece(const Lists& lists, Caller person, std::string token);

std::unique_ptr<grpc::Service> MakePersonService(rpc::Edge& edge, Lists lists);

// A page of a list whose rows become messages.
template <class Rows, class Fn>
Page ToPage(const Rows& rows, std::string next_page_token, Fn to_proto) {
  Page page{.records = {}, .next_page_token = std::move(next_page_token)};
  for (const auto& row : rows) page.records.push_back(ToJson(to_proto(row)));
  return page;
}

}  // namespace quittance::person

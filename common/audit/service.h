// AuditService over the trail of one process's database.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/rpc/handle.h"

namespace quittance::db {
class Database;
}

namespace quittance::audit {

std::unique_ptr<grpc::Service> MakeAuditService(db::Database& db, rpc::Edge& edge);

}  // namespace quittance::audit

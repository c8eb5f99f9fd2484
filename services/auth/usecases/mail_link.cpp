// The kinds are a table: event, life, prefix. The mail goes out through the event.
#include "services/auth/usecases/mail_link.h"

#include "common/async/executor.h"
#include "common/audit/audit.h"
#include "services/auth/domain/contact.h"
#include "services/auth/events.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/magic_link.h"
#include "services/auth/usecases/passwords.h"

namespace quittance::auth {
namespace {

struct KindRow {
  store::MailTokenKind kind;
  std::string_view event;
  std::string_view action;
  std::string_view prefix;
  Duration life;
  events::Event (*make)(const UserFacts&, const std::string&, TimePoint, const events::Mark&);
};
constexpr KindRow kKinds[] = {
    {store::MailTokenKind::kReset, "PasswordResetRequested", "RequestPasswordReset", kResetTokenPrefix, kResetTokenLife,
     events::PasswordResetRequested},
    {store::MailTokenKind::kMagicLink, "MagicLinkRequested", "RequestMagicLink", kMagicTokenPrefix, kMagicLinkLife,
     events::MagicLinkRequested},
};

const KindRow& RowOf(store::MailTokenKind kind) { return kKinds[kind == store::MailTokenKind::kReset ? 0 : 1]; }

void Send(Deps& deps, db::Tx& tx, const MailLink& link, TenantId tenant, const std::string& email, TimePoint now) {
  const KindRow& row = RowOf(link.kind);
  const std::string email_index = deps.vault.EmailIndex(tenant, email);
  const auto locked = store::LockLogin(tx, tenant, email_index);
  if (!locked || locked->facts.status != UserStatus::kActive || !locked->facts.email_verified) return;
  UserFacts user = locked->facts;
  if (store::CountMailTokens(tx, tenant, user.id, link.kind, now - std::chrono::hours(1)) >= kMailTokensPerHourMax) return;

  const OpaqueToken token{tenant, deps.ids.Next(), NewTokenSecret()};
  store::MailToken stored{.tenant = tenant,
                          .id = token.id,
                          .user = user.id,
                          .kind = link.kind,
                          .secret_hash = HashSecret(token.secret.Reveal()),
                          .nonce_hash = link.nonce_hash,
                          .email_index = email_index,
                          .created = now,
                          .expires = now + row.life};
  store::InsertMailToken(tx, stored);
  user.version += 1;
  user.updated = now;
  const events::Mark mark{deps.ids.Next(), now, link.cause.traceparent};
  const std::string sealed = deps.vault.SealTokenForMail(row.event, user.id, Format(row.prefix, token));
  store::SaveUser(tx, user, row.make(user, sealed, stored.expires, mark));
  audit::Append(tx, {.tenant = tenant,
                     .time = now,
                     .cause = link.cause,
                     .action = std::string(row.action),
                     .subject = user.id.ToString(),
                     .detail = "",
                     .event = mark.id});
}

}  // namespace

Task<Result<void>> SendMailLink(Deps& deps, MailLink link) {
  const TimePoint now = deps.clock.Now();
  const auto answer_at = std::chrono::steady_clock::now() + kAnswerAfter;
  const auto email = ParseEmail(link.email, "email");
  if (!email) co_return email.error();
  const db::Scope no_tenant;
  const auto tenant = co_await deps.db.Transact(no_tenant, [&](db::Tx& tx) { return store::FindTenantByCode(tx, link.tenant); });
  if (tenant) co_await deps.db.Transact(db::Scope::Of(tenant->id), [&](db::Tx& tx) { Send(deps, tx, link, tenant->id, *email, now); });
  const auto left = answer_at - std::chrono::steady_clock::now();
  if (left > std::chrono::steady_clock::duration::zero()) {
    co_await async::Sleep(std::chrono::ceil<std::chrono::milliseconds>(left));
  }
  co_return Result<void>();
}

std::optional<LinkedAccount> FindLinkedAccount(Deps& deps, db::Tx& tx, const OpaqueToken& token, store::MailTokenKind kind, TimePoint now) {
  const auto row = store::FindMailToken(tx, token.tenant, token.id, kind);
  if (!row || !SecretMatches(token.secret.Reveal(), row->secret_hash) || !row->counts || now >= row->expires) return std::nullopt;
  const auto user = store::FindUser(tx, token.tenant, row->user);
  if (!user || user->facts.status != UserStatus::kActive || user->personal.email_index != row->email_index) return std::nullopt;
  return LinkedAccount{*row, row->user, deps.vault.OpenPersonal(token.tenant, row->user, user->personal).email};
}

}  // namespace quittance::auth

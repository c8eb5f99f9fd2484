// Times in the tenant's zone, amounts with their exponent, durations in words.
#include "services/notifications/templates/readable.h"

#include <gtest/gtest.h>

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;

TimePoint At(const char* text) { return *ParseRfc3339(text); }

TEST(Readable, TimesFollowTheZoneAndItsSummer) {
  EXPECT_EQ(ReadableTime(At("2026-11-28T09:30:00Z"), "fr", "Europe/Paris"), "28 novembre 2026 à 10:30 (Europe/Paris)");
  EXPECT_EQ(ReadableTime(At("2026-07-14T09:30:00Z"), "fr", "Europe/Paris"), "14 juillet 2026 à 11:30 (Europe/Paris)");
  EXPECT_EQ(ReadableTime(At("2026-12-31T23:30:00Z"), "fr", "Europe/Paris"), "1er janvier 2027 à 00:30 (Europe/Paris)");
  EXPECT_EQ(ReadableTime(At("2026-11-28T09:30:00Z"), "en", "Africa/Abidjan"), "28 November 2026 at 09:30 (Africa/Abidjan)");
  EXPECT_EQ(ReadableTime(At("2037-07-14T09:30:00Z"), "en", "Europe/Paris"), "14 July 2037 at 11:30 (Europe/Paris)");
}

TEST(Readable, WhatTheZoneDatabaseDoesNotReachIsUtc) {
  EXPECT_EQ(ReadableTime(At("2126-07-14T09:30:00Z"), "en", "Europe/Paris"), "14 July 2126 at 09:30 (UTC)");
}

TEST(Readable, AnUnknownZoneIsUtcAndSaysSo) {
  for (const char* zone : {"", "Mars/Olympus", "../../etc/passwd"})
    EXPECT_EQ(ReadableTime(At("2026-11-28T09:30:00Z"), "en", zone), "28 November 2026 at 09:30 (UTC)") << zone;
}

TEST(Readable, Amounts) {
  EXPECT_EQ(ReadableAmount(1990, "EUR", "fr"), "19,90 EUR");
  EXPECT_EQ(ReadableAmount(1990, "EUR", "en"), "19.90 EUR");
  EXPECT_EQ(ReadableAmount(45000, "XOF", "fr"), "45000 XOF");
  EXPECT_EQ(ReadableAmount(1, "???", "fr"), "");
}

TEST(Readable, Durations) {
  EXPECT_EQ(ReadableDuration(48h, "fr"), "2 jours");
  EXPECT_EQ(ReadableDuration(48h - 1s, "fr"), "2 jours");
  EXPECT_EQ(ReadableDuration(37h, "en"), "2 days");
  EXPECT_EQ(ReadableDuration(20h, "fr"), "20 heures");
  EXPECT_EQ(ReadableDuration(1h, "en"), "1 hour");
  EXPECT_EQ(ReadableDuration(10min, "fr"), "moins d'une heure");
  EXPECT_EQ(ReadableDuration(-5min, "en"), "less than an hour");
}

}  // namespace
}  // namespace quittance::notifications

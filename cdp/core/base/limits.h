// Every queue, body, batch and retry of cdp has its bound here, by name (TIGER_STYLE). Units are in
// the names.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cdp::limits {

// HTTP, before and after decompression.
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kBodyBytesMax = 8 * 1024 * 1024;           // on the wire
inline constexpr std::size_t kDecompressedBytesMax = 16 * 1024 * 1024;  // after gzip
inline constexpr std::size_t kHeaderFieldsMax = 100;
inline constexpr std::size_t kFormFieldsMax = 10'000;  // fields of a form past it are not read
// gzip that expands further than this is a bomb; judged only above kDecompressionFreeBytes.
inline constexpr std::size_t kDecompressionRatioMax = 200;
inline constexpr std::size_t kDecompressionFreeBytes = 1024 * 1024;
// Bodies being read, all connections together; above it 429.
inline constexpr std::size_t kBufferedBodyBytesMax = 256 * 1024 * 1024;
inline constexpr std::size_t kConnectionsMax = 4'096;
inline constexpr std::int64_t kHeaderReadMs = 10'000;
inline constexpr std::int64_t kBodyReadMs = 30'000;
inline constexpr std::int64_t kIdleMs = 60'000;
inline constexpr std::int64_t kWriteMs = 30'000;  // for each kWriteBytesPerDeadline of an answer
inline constexpr std::size_t kWriteBytesPerDeadline = 256 * 1024;
inline constexpr std::int64_t kLingerMs = 2'000;  // reading on so that a refusal reaches its client
inline constexpr std::int64_t kDrainMs = 10'000;
inline constexpr std::size_t kRequestsQueuedMax = 1'024;  // above it 429

// JSON at the edge.
inline constexpr std::size_t kJsonDepthMax = 64;
inline constexpr std::size_t kEventBytesMax =
    4 * 1024 * 1024;  // one event; clients send 2 MB (cdp-peers §2)
inline constexpr std::size_t kBatchEventsMax = 10'000;
inline constexpr std::size_t kMessageIdBytesMax = 256;
inline constexpr std::size_t kIdentifierBytesMax = 1'024;
inline constexpr std::size_t kIdentifiersPerObservationMax = 64;
inline constexpr std::size_t kAttributesPerObservationMax = 500;
inline constexpr std::size_t kAttributeNameBytesMax = 256;
inline constexpr std::size_t kStatementsPerObservationMax = 128;
inline constexpr std::size_t kStatementTextBytesMax =
    256;  // method, place, versions of a statement
inline constexpr std::size_t kEvidenceBytesMax = 8 * 1024;  // of one statement
inline constexpr std::size_t kPlacesPerPersonaMax = 16;     // countries and regions remembered

// Writer and fold.
inline constexpr std::size_t kGroupObservationsMax = 1'000;  // one group commit
inline constexpr std::size_t kWriterQueueMax =
    20'000;  // observations waiting for a commit; above it 429
inline constexpr std::size_t kFoldLagMax = 50'000;  // committed but not folded; above it 429
// A flush costs by the pages it touches, and pages are shared: half as many flushes, nearly half
// the work. What is not flushed is folded again after a crash, at about 150,000 a second.
inline constexpr std::size_t kStateFlushObservations = 100'000;
// After that many, once nothing has come for a while: a calm moment is used, a busy one is not cut.
inline constexpr std::size_t kStateIdleFlushObservations = 20'000;
inline constexpr std::int64_t kStateIdleMs = 100;
inline constexpr std::size_t kCheckpointWalBytes = 2 * 1024 * 1024;
inline constexpr std::size_t kDeleteRowsPerCommit = 100;
inline constexpr std::size_t kRewriteBytesMax = 2ULL * 1024 * 1024 * 1024;  // a file, in memory
inline constexpr std::size_t kDedupKeysMax = 20'000'000;
inline constexpr std::int64_t kDedupWindowHours = 24;

// Observability: series per metric; further label sets share one series named "other".
inline constexpr std::size_t kSeriesPerMetricMax = 512;
inline constexpr std::size_t kLabelBytesMax = 96;

// Identity: a recompute unit (DESIGN §7).
inline constexpr std::size_t kComponentPersonasMax = 1'000;

// Destinations.
inline constexpr int kDeliveryAttemptsMax = 12;
inline constexpr std::int64_t kDeliveryBackoffFirstMs = 1'000;
inline constexpr std::int64_t kDeliveryBackoffMaxMs = 3'600'000;
inline constexpr std::int64_t kDeliveryTimeoutMs = 10'000;

// Records of one mailbox, by sources that vouch for it, whose no our double opt-in looks for; more
// have it: no mail.
inline constexpr std::size_t kOptInHoldersMax = 100;

// Lookups that release nothing, per destination: above it all its lookups wait.
inline constexpr int kLookupMissesPerMinute = 3'000;

// Audit.
inline constexpr std::size_t kAuditEntryBytesMax = 65'535;

}  // namespace cdp::limits

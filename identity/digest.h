// The unkeyed digests that other platforms exchange in place of an address (report: Snap, TikTok,
// UID2, Mailchimp). They are personal data like the address itself (FTC, July 2024) and are stored
// as such; nothing of ours is protected by them.
//
// Thread-safety: safe.
#pragma once

#include <string>
#include <string_view>

namespace cdp::identity {

std::string sha256_hex(std::string_view text);  // 64 lower-case digits
std::string md5_hex(std::string_view text);     // 32; Mailchimp's subscriber_hash, RFC 1321
// A SHA-256 in hex as UID2 hands it out and takes it: base64 of the raw bytes. Empty for what is no
// such digest.
std::string uid2_outside_form(std::string_view sha256_in_hex);

}  // namespace cdp::identity

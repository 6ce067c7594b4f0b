// Golden streams: small files of every kind that the format has, each with what it must decode to,
// for ever. make_golden writes them once, golden_test reads them with the core,
// wasm/tests/golden.test.mjs with the package and the second implementation. Those in `files` are
// of a model without tones, those in `files_with_tones` of one that has some, those in
// `files_with_places` of one whose tones have phases and pans, those in `files_with_bands` of one
// with such tones and levels of bands, those in `files_with_ladder` of one that says its ladder
// besides.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "motet/model.h"
#include "motet/stream.h"

namespace motet::testing {

struct GoldenKind {
  StreamCoding coding = StreamCoding::kFixedWidth;
  int quality = 6;
  int channels = 2;
  bool has_tones = false;         // of a model that has some
  bool has_likely_codes = false;  // that the entropy model expects, and tones as encoders write
                                  // them; else any bytes, which do not get smaller
  std::string tags = "none";      // none, text, cover
  uint32_t pre_skip = 0;          // samples per channel
  bool is_joined = false;         // of three parts, of which the second has a pre-skip
  std::string length = "header";  // header: known from the beginning; end: from the end page; zero
  std::string damage = "none";  // none; pages: truncated, endless, flipped, lost, foreign; headers
                                // that are refused: magic, version, flag, coding, checksum
  // Of the file, from all of these.
  std::string name() const;
  nlohmann::json ToJson() const;
};

// Every kind that there must be a file of, of models without and with tones.
std::vector<GoldenKind> GoldenKinds();
std::vector<GoldenKind> GoldenKindsWithTones();

// What a reader and a decoder make of a stream: header, number of packets, those lost, a hash of
// the codes (64-bit FNV-1a of the packets that were read, one after another), whether it is
// complete; of the sound, for each channel, its root mean square and eight samples at equal
// distances. Or only why its header is refused, "error".
nlohmann::json ReadGolden(std::span<const uint8_t> bytes,
                          const std::shared_ptr<const Model>& model);

}  // namespace motet::testing

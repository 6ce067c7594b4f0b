// The commands of the `motet` program. Each runs to its end and returns what went wrong, for one
// sentence on standard error.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "audio/audio_reader.h"
#include "audio/audio_writer.h"
#include "files/batch_plan.h"
#include "motet/decoder.h"
#include "motet/status.h"
#include "motet/stream.h"

namespace motet::cli {

struct EncodeOptions {
  std::string input;                   // an audio file, "-" for standard input
  AudioSource audio;                   // how it is to be read; its path is not looked at
  std::string output;                  // a `.motet` file, "-" for standard output
  std::string model;                   // empty: the one that FindModel finds
  int quality = 0;                     // 0: the model's default
  std::optional<StreamCoding> coding;  // none: entropy coding if the model can
  bool force = false;                  // replace an existing output
  std::vector<StreamTag> tags;         // in the place of the file's own
  std::string cover;                   // a file of a picture, likewise; empty: none
};
Status RunEncode(const EncodeOptions& options);
// Many files, each with these options but for input and output.
Status RunEncodeBatch(const EncodeOptions& options, const BatchOptions& batch);

struct DecodeOptions {
  std::string input;
  std::string output;
  std::string model;
  AudioFormat audio;  // but for rate, channels and tags, which the stream says, and for
                      // the container, which the output's name says, unless it is kRaw
  // Decibels below full scale that nothing is to exceed: all of a file that does is lowered.
  std::optional<double> headroom;
  bool has_tags = true;         // write the stream's
  std::string suffix = ".wav";  // of outputs that have no name yet: of a batch
  bool force = false;
  bool conceal = false;  // write what is left of a damaged stream, instead of nothing
  double max_gap = 10;   // seconds in a row that are concealed; infinity sets no limit
  Precision precision = Precision::kInt8;
  // Seconds of the stream that are wanted, and how many: infinity for all that follow.
  double start = 0;
  double duration = std::numeric_limits<double>::infinity();
};
Status RunDecode(const DecodeOptions& options);
Status RunDecodeBatch(const DecodeOptions& options, const BatchOptions& batch);

struct CutOptions {
  std::string input;   // a `.motet` file, "-" for standard input
  std::string output;  // another, "-" for standard output
  std::string model;
  double start = 0;  // seconds of the sound
  double end = std::numeric_limits<double>::infinity();
  bool force = false;  // replace an existing output
};
Status RunCut(const CutOptions& options);

struct CatOptions {
  std::vector<std::string> inputs;  // `.motet` files, "-" for standard input
  std::string output;               // another, "-" for standard output
  std::string model;
  bool force = false;  // replace an existing output
};
Status RunCat(const CatOptions& options);

struct PlayOptions {
  std::string input;  // a `.motet` file, "-", or a URL of http or https
  std::string model;
};
Status RunPlay(const PlayOptions& options);

struct InfoOptions {
  std::vector<std::string> inputs;  // model files and streams; for `features` one stream
  std::string model;                // for `features`
  bool features = false;            // print a stream's music features instead
  bool json = false;
};
Status RunInfo(const InfoOptions& options);
Status RunFeatures(const InfoOptions& options);

struct BenchOptions {
  std::string input;  // empty: a synthetic piece
  std::string model;
  int quality = 0;
  double seconds = 10;                     // of music for each run
  Precision precision = Precision::kInt8;  // of the decoder
  bool json = false;
};
Status RunBench(const BenchOptions& options);

struct CompareOptions {
  std::string reference;
  std::string degraded;
  bool json = false;
};
Status RunCompare(const CompareOptions& options);

}  // namespace motet::cli

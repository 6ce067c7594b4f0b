// The `.motet` stream: one encoder's packets in checked pages, specified in docs/FORMAT.md.
// StreamWriter makes the bytes, StreamReader takes them apart again, both in chunks of any size and
// in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "motet/export.h"
#include "motet/model.h"
#include "motet/status.h"

namespace motet {

inline constexpr int kStreamVersion = 0;                  // of the streams that StreamWriter makes
inline constexpr int kStreamPacketSamples = 1024;         // samples per channel of one packet
inline constexpr size_t kMaxStreamHeaderBytes = 1 << 20;  // a longer header is refused
inline constexpr int kMaxPacketsPerPage = 255;
inline constexpr int kDefaultPacketsPerPage = 128;  // 3 s
inline constexpr uint64_t kUnknownSamples =
    ~uint64_t{0};  // the length was not known when the header was written

// A key and a value, both UTF-8. Keys are not empty; "title" and "artist" are the customary ones.
// Keys may repeat.
struct StreamTag {
  std::string key;
  std::string value;
  bool operator==(const StreamTag&) const = default;
};

// How the packets of a page are written.
enum class StreamCoding : uint8_t {
  kFixedWidth = 0,  // as they are: a byte for each code
  kEntropy = 1,     // likely codes in fewer bits (range coding); about a tenth smaller, and read
                    // only with the model
};

// One of the streams that a joined stream was made of, each coded apart: the decoder begins anew
// with it.
struct StreamPart {
  uint64_t samples = 0;   // per channel
  uint32_t packets = 0;   // those that its samples, the pre-skip and the codec's delay take
  uint32_t pre_skip = 0;  // as that of a header
  bool operator==(const StreamPart&) const = default;
};

// What stands at the beginning of a stream.
struct StreamHeader {
  int sample_rate = 44100;  // Hz
  int channels = 2;         // of the PCM that was encoded and is to come back: 1 or 2
  int quality = 0;          // 1..12
  int packet_bytes = 0;     // of one packet at that quality: Model::PacketBytes(quality), 1..255
  StreamCoding coding = StreamCoding::kFixedWidth;
  uint64_t samples = kUnknownSamples;  // per channel
  // Samples per channel, after the codec's delay, that the decoder drops as well: a part that was
  // cut out of a stream begins with packets that only prepare the decoder.
  uint32_t pre_skip = 0;
  std::string model_identity;  // StreamIdentity(): 16 hexadecimal digits
  std::vector<StreamTag> tags;
  // Of a joined stream its parts, two or more, whose samples are those of the stream, without a gap
  // between them; `pre_skip` is then 0. Otherwise none.
  std::vector<StreamPart> parts = {};
};

// Samples per channel after a join in which the sound of the part before fades out, as its decoder
// would have gone on: two streams that were coded apart meet at no common value. A part with a
// pre-skip, which was cut, begins as in the whole and without it.
inline constexpr size_t kJoinFadeSamples = 256;

// Where a part lies in its stream: packets and samples per channel from these numbers on, up to
// those before the others.
struct StreamSpan {
  uint64_t first_packet = 0;
  uint64_t end_packet = 0;
  uint64_t first_sample = 0;
  uint64_t end_sample = 0;
  uint32_t pre_skip = 0;
};

// Of each part. A stream that is not joined is one, of which nothing says where its packets end:
// that is the largest number, as `end_sample` is while the length is not known.
MOTET_API std::vector<StreamSpan> StreamSpans(const StreamHeader& header);

// Packets that the samples of a part take, with the codec's delay and the pre-skip.
MOTET_API uint64_t StreamPackets(const ModelInfo& info, uint64_t samples, uint32_t pre_skip);

// That in which the sample lies, or the last, of the spans of a stream.
MOTET_API size_t SpanOfSample(std::span<const StreamSpan> spans, uint64_t sample);

// That in which the packet lies, or the last.
MOTET_API size_t SpanOfPacket(std::span<const StreamSpan> spans, uint64_t packet);

// What a stream of this coding names as its model: fixed width depends on the codec alone.
MOTET_API const std::string& StreamIdentity(const ModelInfo& info, StreamCoding coding);

// The coding of new streams unless another is asked for: entropy coding where the model can.
MOTET_API StreamCoding DefaultCoding(const ModelInfo& info);

// The header of a new stream from `model`, whose length is not known and which has no tags.
MOTET_API StreamHeader MakeStreamHeader(const Model& model, int quality, int channels,
                                        StreamCoding coding);

// Whether `model` decodes the stream with this header, which names its StreamIdentity or its
// identity. kModelMismatch names both; `name` stands for the stream in errors.
MOTET_API Status CheckStreamModel(const StreamHeader& header, const Model& model,
                                  const std::string& name);

namespace core {
class PageCoder;  // private to core/src
struct Page;
}  // namespace core

// Packets in, bytes out. Every byte that is ready is appended to the caller's `out`; at most one
// page is kept back. Write and Finish allocate nothing but room in `out`, where it has too little.
// Not thread-safe, but independent of other writers.
class MOTET_API StreamWriter {
 public:
  // kInvalidArgument if a field is out of range, a tag is not UTF-8, the parts do not make the
  // length or the header would be longer than kMaxStreamHeaderBytes. With fewer packets per page
  // (1..255) the delay is shorter and a damaged page loses less; but each page costs 14 bytes, and
  // entropy coding begins anew with each.
  //
  // StreamCoding::kEntropy needs the model that the header names, with an entropy model
  // (ModelInfo::entropy_coding): otherwise kInvalidArgument, or the error of CheckStreamModel;
  // kOutOfMemory. The other coding needs no model.
  static Result<StreamWriter> Create(StreamHeader header,
                                     int packets_per_page = kDefaultPacketsPerPage,
                                     std::shared_ptr<const Model> model = nullptr);

  // The first bytes of the stream. After Finish they hold its length, in as many bytes as before:
  // whoever writes a file that can seek writes them once more, at offset 0.
  std::vector<uint8_t> HeaderBytes() const;

  // Takes whole packets and appends every page that is full, or ends with a part of a joined
  // stream. kInvalidArgument for bytes that are not whole packets, for more than 4294967295 packets
  // in all, or after Finish.
  Status Write(std::span<const uint8_t> packets, std::vector<uint8_t>* out);

  // Counts packets that are lost, as those of a transport may be: appends the page before them, and
  // the stream goes on behind them, so that whoever reads it meets a gap. kInvalidArgument for more
  // than 65536 in a row, which no reader takes for a gap, and as Write does.
  Status Skip(uint64_t packets, std::vector<uint8_t>* out);

  // Ends the stream with its length in samples per channel: appends the last page and the end page.
  // kInvalidArgument if the header says another length, or its parts have other packets.
  Status Finish(uint64_t samples, std::vector<uint8_t>* out);

  const StreamHeader& header() const { return header_; }
  uint64_t packets() const { return packets_; }  // taken so far, skipped ones included

 private:
  Status Count(uint64_t packets);
  StreamWriter(StreamHeader header, int packets_per_page,
               std::shared_ptr<const core::PageCoder> coder);
  size_t BytesToBoundary() const;
  void AppendPackets(std::vector<uint8_t>* out);
  void AppendPage(std::span<const uint8_t> payload, int packets, std::vector<uint8_t>* out);

  StreamHeader header_;
  std::shared_ptr<const core::PageCoder> coder_;  // for kEntropy
  size_t page_bytes_;                             // packets of a full page
  std::vector<StreamSpan> spans_;
  std::vector<uint8_t> pending_;  // packets of the page that is not full yet
  std::vector<uint8_t> payload_;  // of a page, entropy-coded
  uint64_t packets_ = 0;          // in all
  uint64_t paged_ = 0;            // of them in finished pages, or skipped
  uint64_t skipped_ = 0;          // since the last page
  bool finished_ = false;
};

// What StreamReader::Next found.
struct StreamEvent {
  enum class Kind {
    kNeedInput,  // nothing more until Push or Finish; ordinary
    kHeader,     // header() is valid from here on
    kPackets,    // `packets`: `count` packets from number `first_packet` on
    kGap,  // `count` packets from number `first_packet` on are lost: Decoder::Conceal replaces them
    kEnd,  // the end page was reached; header().samples is the length
  };
  Kind kind = Kind::kNeedInput;
  uint64_t first_packet = 0;
  uint64_t count = 0;
  // Fixed-width packets, whatever the coding; valid until the next call of Push or Next. Empty if
  // they are entropy-coded and the reader has no model.
  std::span<const uint8_t> packets;
  uint64_t offset = 0;  // byte of the stream at which the header or page begins
};

// What a reader has found so far.
struct StreamTotals {
  uint64_t pages = 0;          // intact, the end page included
  uint64_t packets = 0;        // delivered
  uint64_t lost_packets = 0;   // in gaps
  uint64_t skipped_bytes = 0;  // of no intact page, or of a page out of order
};

// Bytes in, events out. The events depend on the bytes alone, never on how they were cut into
// chunks. Damaged pages are skipped: the reader looks for the next intact one and reports what is
// missing as a gap. Not thread-safe, but independent of other readers.
//
//   std::span<const uint8_t> unread;
//   for (;;) {
//     Result<StreamEvent> event = reader.Next();
//     if (!event.ok()) return event.status();
//     if (event->kind == StreamEvent::Kind::kNeedInput) {
//       if (unread.empty()) unread = ReadSome();  // empty at the end of the file
//       if (unread.empty()) reader.Finish();
//       unread = unread.subspan(reader.Push(unread));  // once, even if some is left
//     }
//     ...
//   }
class MOTET_API StreamReader {
 public:
  // `name` stands for the stream in errors. `model` is for entropy-coded packets, which are only
  // counted without it; streams of fixed width do not use it.
  explicit StreamReader(std::string name, std::shared_ptr<const Model> model = nullptr);

  // Takes bytes and returns how many: at least one after kNeedInput, fewer than offered when the
  // reader's buffer is full: the rest is for the next kNeedInput.
  size_t Push(std::span<const uint8_t> bytes);

  // Says that no more bytes will come.
  void Finish();

  // The next event. Errors are final: kNotMotet, kUnsupportedVersion or kCorrupt about the header,
  // kModelMismatch if the stream is entropy-coded and the model is another, or has no entropy
  // model, kCorrupt when the end page contradicts the header, and kTruncated, after everything
  // before has been delivered, when the bytes end without an end page. What follows the end page is
  // not looked at.
  Result<StreamEvent> Next();

  // Goes on elsewhere: the next bytes that come are those from byte `offset` of the stream on,
  // which should be the beginning of a page (motet/page_search.h). The first intact page is taken
  // whatever its number, without a gap before it. Also after kEnd. kInvalidArgument before kHeader,
  // and for an offset in the header; after an error that error.
  Status Seek(uint64_t offset);

  // Byte of the stream at which the first page begins; 0 before kHeader.
  uint64_t pages_begin() const { return pages_begin_; }

  const StreamHeader& header() const { return header_; }  // as new before kHeader
  const StreamTotals& totals() const { return totals_; }  // so far

 private:
  enum class Stage { kHeader, kPages, kDone, kFailed };

  std::span<const uint8_t> Unread() const {
    return std::span(buffer_).subspan(begin_, end_ - begin_);
  }
  void Consume(size_t bytes);
  void Skip(size_t bytes);
  Status Fail(StatusCode code, const std::string& what);
  Result<StreamEvent> NextHeader();
  Result<StreamEvent> NextPage();
  bool IsInPlace(const core::Page& page) const;
  Result<StreamEvent> TakePage(const core::Page& page);

  Status CreateCoder();

  std::string name_;
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const core::PageCoder> coder_;  // for kEntropy with a model
  std::vector<uint8_t> decoded_;                  // by it
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;  // of the unread bytes in buffer_
  size_t end_ = 0;
  uint64_t offset_ = 0;  // of the stream, at begin_
  bool finished_ = false;
  Stage stage_ = Stage::kHeader;
  Status failure_;
  size_t consume_ = 0;  // of the page whose packets the caller holds
  StreamHeader header_;
  StreamTotals totals_;
  uint64_t next_packet_ = 0;
  uint64_t pages_begin_ = 0;
  std::vector<StreamSpan> spans_;
  bool sought_ = false;  // and no page met since
};

}  // namespace motet

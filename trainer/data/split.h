#ifndef MOTET_TRAINER_DATA_SPLIT_H_
#define MOTET_TRAINER_DATA_SPLIT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace motet::data {

/// Which part of a dataset a track belongs to. A track is never cut between two of them.
enum class Split { kTrain, kValidation, kTest };

/// "train", "validation" or "test".
std::string_view SplitName(Split split);

/// The inverse of SplitName; throws std::runtime_error for any other name.
Split ParseSplit(std::string_view name);

/// The split of a track, or of a group of tracks that must stay together (the stems of a song).
///
/// The bucket is Fnv1a64(key) mod 100: below 90 train, 90..94 validation, 95..99 test. It depends
/// on the name alone, so that the split is the same on every machine and does not move when other
/// tracks are added.
Split SplitOf(std::string_view key);

/// The value that Fnv1a64 starts from.
inline constexpr std::uint64_t kFnv1a64Basis = 0xcbf29ce484222325u;

/// 64-bit FNV-1a hash (Fowler, Noll, Vo; IETF draft-eastlake-fnv) of `size` bytes. Pass the last
/// result as `state` to go on with more bytes.
std::uint64_t Fnv1a64(const void* bytes, std::size_t size, std::uint64_t state = kFnv1a64Basis);

}  // namespace motet::data

#endif  // MOTET_TRAINER_DATA_SPLIT_H_

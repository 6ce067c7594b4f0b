// The split of a dataset into training, validation and test set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace motet::data {

// Which part of a dataset a track belongs to. A track is never cut between two of them.
enum class Split { kTrain, kValidation, kTest };

// "train", "validation" or "test".
std::string_view SplitName(Split split);

// The inverse of SplitName; throws std::runtime_error for any other name.
Split ParseSplit(std::string_view name);

// The split of a track, or of a group of tracks that must stay together (the stems of a song).
//
// The bucket is the FNV-1a hash of the key (model/fnv1a.h) mod 100: below 90 train, 90..94
// validation, 95..99 test. It depends on the name alone, so that the split is the same on every
// machine and does not move when other tracks are added.
Split SplitOf(std::string_view key);

}  // namespace motet::data

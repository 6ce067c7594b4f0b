// Which of the known words a mistyped one may have meant.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace motet::trainer {

// Levenshtein distance.
inline size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

// The first of the nearest words; empty when none is known.
template <typename Words>
std::string Nearest(const std::string& word, const Words& known) {
  std::string nearest;
  for (const std::string& candidate : known) {
    if (nearest.empty() || EditDistance(word, candidate) < EditDistance(word, nearest))
      nearest = candidate;
  }
  return nearest;
}

}  // namespace motet::trainer

// A setting that may change over the steps of a run: a loss weight, the learning rate, the length
// of a segment, the shares of the quantizer dropout.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/json_reader.h"

namespace motet::trainer {

// Piecewise linear over steps; constant before its first point and after its last. In the
// configuration: a number, or a list of points [[step, value], …] in the order of their steps. Two
// points at one step are a jump, and the later one holds from that step on. If a step is written as
// a fraction, as in [[0.0, 1], [0.35, 2]], all are shares of the run, 0 to 1.
class Schedule {
 public:
  Schedule(double value = 0) : points_{{0, value}} {}  // NOLINT: a number is a schedule
  // Of a run of `steps` steps. Throws std::runtime_error that names `path` and what is wrong with
  // the value, which must lie in low..high.
  static Schedule Parse(const nlohmann::json& json, const std::string& path, double low,
                        double high, int64_t steps);

  double At(int64_t step) const;
  bool constant() const { return points_.size() == 1; }
  double lowest() const;
  double highest() const;

 private:
  std::vector<std::pair<int64_t, double>> points_;
};

// The member `key` of an object as a schedule.
Schedule ReadSchedule(ObjectReader& reader, const char* key, double low, double high,
                      int64_t steps);

}  // namespace motet::trainer

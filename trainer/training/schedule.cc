#include "training/schedule.h"

#include <algorithm>
#include <cmath>

namespace motet::trainer {

Schedule Schedule::Parse(const nlohmann::json& json, const std::string& path, double low,
                         double high, int64_t steps) {
  const auto check = [&](const nlohmann::json& value) {
    if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high)) {
      FailConfig("'" + path + "' holds " + value.dump() + ", wanted a number from " +
                 nlohmann::json(low).dump() + " to " + nlohmann::json(high).dump());
    }
    return value.get<double>();
  };
  if (json.is_number()) return {check(json)};
  if (!json.is_array() || json.empty()) {
    FailConfig("'" + path + "' is " + json.dump() +
               ", wanted a number or a list of points [[step, value], …]");
  }
  Schedule schedule;
  schedule.points_.clear();
  const bool shares = std::any_of(json.begin(), json.end(), [](const auto& point) {
    return point.is_array() && !point.empty() && point[0].is_number_float();
  });
  for (const auto& point : json) {
    if (!point.is_array() || point.size() != 2 || !point[0].is_number() ||
        !(point[0].get<double>() >= 0)) {
      FailConfig("'" + path + "' holds " + point.dump() + ", wanted a point [step, value]");
    }
    if (shares && point[0].get<double>() > 1) {
      FailConfig("'" + path + "' holds " + point.dump() +
                 ", wanted a share of the run, 0 to 1, as in its other points");
    }
    const auto step = shares ? std::llround(point[0].get<double>() * static_cast<double>(steps))
                             : point[0].get<int64_t>();
    if (!schedule.points_.empty() && step < schedule.points_.back().first)
      FailConfig("'" + path + "': the point " + point.dump() + " is before the one in front of it");
    schedule.points_.emplace_back(step, check(point[1]));
  }
  return schedule;
}

double Schedule::At(int64_t step) const {
  // The first point that is later than the step.
  const auto next =
      std::upper_bound(points_.begin(), points_.end(), step,
                       [](int64_t value, const auto& point) { return value < point.first; });
  if (next == points_.begin()) return points_.front().second;
  const auto before = std::prev(next);
  if (next == points_.end()) return before->second;
  const double share =
      static_cast<double>(step - before->first) / static_cast<double>(next->first - before->first);
  return std::lerp(before->second, next->second, share);
}

double Schedule::lowest() const {
  return std::min_element(points_.begin(), points_.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

double Schedule::highest() const {
  return std::max_element(points_.begin(), points_.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

Schedule ReadSchedule(ObjectReader& reader, const char* key, double low, double high,
                      int64_t steps) {
  return Schedule::Parse(reader.Member(key), reader.Path(key), low, high, steps);
}

}  // namespace motet::trainer

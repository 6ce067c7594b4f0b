// Work on several threads whose results are taken in order.
#pragma once

#include <cstddef>
#include <deque>
#include <future>
#include <utility>

namespace motet::data {

// Calls take(make(i)) for i = 0 … count - 1, in this order and on this thread, while up to `jobs`
// calls of `make` run on others. What either throws comes out, after the calls that run have ended.
template <typename Make, typename Take>
void InOrder(std::size_t count, int jobs, const Make& make, const Take& take) {
  std::deque<std::future<decltype(make(std::size_t{0}))>> running;
  std::size_t next = 0;
  for (std::size_t done = 0; done < count; ++done) {
    while (next < count && running.size() < static_cast<std::size_t>(jobs)) {
      running.push_back(std::async(std::launch::async, [&make, i = next] { return make(i); }));
      ++next;
    }
    auto result = running.front().get();
    running.pop_front();
    take(std::move(result));
  }
}

}  // namespace motet::data

#include "distributed/ranks.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>
#include <torch/version.h>

#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#endif
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if defined(USE_C10D_GLOO) && __has_include(<gloo/algorithm.h>)
#define MOTET_HAVE_GLOO 1
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define MOTET_HAVE_NCCL 1
#include <torch/csrc/cuda/nccl.h>

#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace motet::trainer {
namespace {

#if TORCH_VERSION_MAJOR >= 2
using Group = c10d::Backend;
#else
using Group = c10d::ProcessGroup;
#endif
using Work = decltype(std::declval<Group&>().barrier());

constexpr std::chrono::minutes kJoinTimeout{10};
// Others wait while rank 0 validates and writes a checkpoint.
constexpr std::chrono::minutes kTimeout{60};
constexpr int64_t kBucketBytes = 4 << 20;

struct State {
  Rank rank;
  torch::Device device = torch::kCPU;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<Group> group;
};

State& Current() {
  static State state;
  return state;
}

int64_t ParseInteger(const char* name, const char* text, int64_t low, int64_t high) {
  int64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto result = std::from_chars(text, end, value);
  if (result.ec != std::errc() || result.ptr != end || value < low || value > high) {
    throw std::runtime_error(
        fmt::format("environment variable {} is '{}', wanted {}..{}", name, text, low, high));
  }
  return value;
}

const char* Variable(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') {
    throw std::runtime_error(
        fmt::format("environment variable {} is missing: WORLD_SIZE asks for several processes, "
                    "which need RANK, MASTER_ADDR and MASTER_PORT (torchrun sets them)",
                    name));
  }
  return text;
}

c10::intrusive_ptr<c10d::Store> Connect(const Rank& rank) {
  c10d::TCPStoreOptions options;
  options.port =
      static_cast<uint16_t>(ParseInteger("MASTER_PORT", Variable("MASTER_PORT"), 1, 65535));
  const char* agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
  options.isServer = rank.index == 0 && (agent == nullptr || std::strcmp(agent, "True") != 0);
  options.waitWorkers = false;  // the backends wait for each other
  options.timeout = kJoinTimeout;
  auto store = c10::make_intrusive<c10d::TCPStore>(Variable("MASTER_ADDR"), options);
  // A job that torchrun starts again finds the keys of its first attempt.
  const char* attempt = std::getenv("TORCHELASTIC_RESTART_COUNT");
  return c10::make_intrusive<c10d::PrefixStore>(
      fmt::format("motet/{}", attempt == nullptr ? "0" : attempt), store);
}

c10::intrusive_ptr<Group> MakeGroup(const c10::intrusive_ptr<c10d::Store>& store, const Rank& rank,
                                    torch::Device device) {
  const auto index = static_cast<int>(rank.index), count = static_cast<int>(rank.count);
#ifdef MOTET_HAVE_NCCL
  if (device.is_cuda()) {
    // Its options are a structure that the library fills: both sides must know the same one.
    const uint64_t built = (uint64_t{NCCL_MAJOR} << 32) | (uint64_t{NCCL_MINOR} << 16) | NCCL_PATCH;
    const uint64_t found = torch::cuda::nccl::version();
    if (found != built) {
      throw std::runtime_error(fmt::format(
          "this program was built with nccl.h of NCCL {}.{}.{}, but LibTorch holds {}.{}.{}: build "
          "it with the header of the latter",
          NCCL_MAJOR, NCCL_MINOR, NCCL_PATCH, found >> 32, (found >> 16) & 0xffff, found & 0xffff));
    }
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = kTimeout;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, index, count, options);
  }
#endif
#ifdef MOTET_HAVE_GLOO
  if (device.is_cuda() && index == 0) {
    fmt::print(stderr,
               "motet-train: built without nccl.h, so the GPUs exchange gradients through Gloo and "
               "main memory, which is slower\n");
  }
  auto options = c10d::ProcessGroupGloo::Options::create();
  options->timeout = kTimeout;
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface == nullptr
                                 ? c10d::ProcessGroupGloo::createDefaultDevice()
                                 : c10d::ProcessGroupGloo::createDeviceForInterface(interface));
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, index, count, options);
#endif
  (void)store, (void)index, (void)count;
  throw std::runtime_error(
      fmt::format("this program was built without a c10d backend for {}: LibTorch and its headers "
                  "must have Gloo (Debian: libgloo-dev) or NCCL",
                  device.str()));
}

Work StartSum(torch::Tensor tensor) {
  std::vector<torch::Tensor> list = {std::move(tensor)};
  return Current().group->allreduce(list);
}

// LibTorch before 2.6 has no such function: there a group ends with its last reference.
template <class G>
auto ShutDown(G& group, int) -> decltype(group.shutdown()) {
  return group.shutdown();
}
template <class G>
void ShutDown(G&, long) {}

bool Alone() { return Current().rank.count == 1; }

class MeanFunction : public torch::autograd::Function<MeanFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext*, const torch::Tensor& x) {
    return Mean(x);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 const torch::autograd::variable_list& gradients) {
    return {Mean(gradients[0])};
  }

 private:
  static torch::Tensor Mean(const torch::Tensor& x) {
    auto sum = x.detach().clone(torch::MemoryFormat::Contiguous);
    SumOverRanks({sum});
    return sum.div_(static_cast<double>(ThisRank().count));
  }
};

}  // namespace

Rank RankFromEnvironment() {
  const char* world = std::getenv("WORLD_SIZE");
  if (world == nullptr || *world == '\0') {
    if (std::getenv("RANK") != nullptr)
      throw std::runtime_error("environment variable RANK is set, but WORLD_SIZE is missing");
    return {};
  }
  Rank rank;
  rank.count = ParseInteger("WORLD_SIZE", world, 1, 1 << 20);
  if (rank.count == 1) return rank;
  rank.index = ParseInteger("RANK", Variable("RANK"), 0, rank.count - 1);
  const char* local = std::getenv("LOCAL_RANK");
  rank.local = local == nullptr ? 0 : ParseInteger("LOCAL_RANK", local, 0, rank.count - 1);
  return rank;
}

torch::Device ChooseDevice(const std::string& name, const Rank& rank) {
  if (name != "auto" && name != "cpu" && name != "cuda") {
    throw std::runtime_error(
        fmt::format("'training.device' is '{}', wanted auto, cpu or cuda", name));
  }
  if (name == "cpu" || (name == "auto" && !torch::cuda::is_available())) return torch::kCPU;
  if (!torch::cuda::is_available())
    throw std::runtime_error("'training.device' is cuda, but LibTorch finds no CUDA device");
  const auto devices = static_cast<int64_t>(torch::cuda::device_count());
  if (rank.local >= devices) {
    throw std::runtime_error(
        fmt::format("LOCAL_RANK is {}, but this machine has {} CUDA devices", rank.local, devices));
  }
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(rank.local)};
}

void JoinRanks(const Rank& rank, torch::Device device) {
  State& state = Current();
  if (state.group) throw std::runtime_error("this process has joined the other ranks already");
  if (device.is_cuda()) c10::impl::VirtualGuardImpl(device.type()).setDevice(device);
  if (rank.count > 1) {
    state.store = Connect(rank);
    state.group = MakeGroup(state.store, rank, device);
  }
  state.rank = rank;
  state.device = device;
  AnyRank(false);  // everyone is here
}

void LeaveRanks() {
  if (!Alone()) AnyRank(false);
  State& state = Current();
  // Without this NCCL takes the end for a failure, warns, and aborts what is under way.
  if (state.group) ShutDown(*state.group, 0);
  state.group.reset();  // before the store, which it may still use
  state.store.reset();
  state = State();
}

const Rank& ThisRank() { return Current().rank; }

AloneGuard::AloneGuard() : rank_(std::exchange(Current().rank, Rank())) {}
AloneGuard::~AloneGuard() { Current().rank = rank_; }

bool IsApart() { return Alone() && Current().group; }

void SumOverRanks(const std::vector<torch::Tensor>& tensors) {
  if (Alone()) return;
  std::vector<Work> works;
  for (const auto& tensor : tensors) works.push_back(StartSum(tensor));
  for (auto& work : works) work->wait();
}

torch::Tensor MeanOverRanks(const torch::Tensor& x) { return Alone() ? x : MeanFunction::apply(x); }

void CopyFromFirstRank(const std::vector<torch::Tensor>& tensors) {
  if (Alone()) return;
  torch::NoGradGuard no_grad;
  for (const auto& tensor : tensors) {
    auto sent = tensor.detach().to(Current().device).contiguous();
    std::vector<torch::Tensor> list = {sent};
    Current().group->broadcast(list)->wait();
    if (!IsFirstRank()) tensor.copy_(sent);
  }
}

void AverageOverRanks(const std::vector<torch::Tensor>& tensors) {
  if (Alone()) return;
  torch::NoGradGuard no_grad;
  struct Bucket {
    std::vector<torch::Tensor> tensors;
    torch::Tensor flat;
    Work work;
  };
  std::vector<Bucket> buckets;
  Bucket bucket;
  int64_t bytes = 0;
  // While one bucket travels, the next is packed.
  const auto send = [&] {
    if (bucket.tensors.empty()) return;
    std::vector<torch::Tensor> parts;
    for (const auto& tensor : bucket.tensors) parts.push_back(tensor.flatten());
    bucket.flat = torch::cat(parts);
    bucket.work = StartSum(bucket.flat);
    buckets.push_back(std::move(bucket));
    bucket = {};
    bytes = 0;
  };
  for (const auto& tensor : tensors) {
    // Large ones go in pieces.
    const bool cut = tensor.is_contiguous() && tensor.dim() > 0;
    for (const auto& piece : cut ? tensor.view(-1).split(kBucketBytes / tensor.element_size())
                                 : std::vector<torch::Tensor>{tensor}) {
      bucket.tensors.push_back(piece);
      bytes += static_cast<int64_t>(piece.nbytes());
      if (bytes >= kBucketBytes) send();
    }
  }
  send();
  for (auto& sent : buckets) {
    sent.work->wait();
    sent.flat.div_(static_cast<double>(ThisRank().count));
    int64_t at = 0;
    for (auto& tensor : sent.tensors) {
      tensor.copy_(sent.flat.narrow(0, at, tensor.numel()).view_as(tensor));
      at += tensor.numel();
    }
  }
}

void AverageReport(std::map<std::string, double>& report) {
  if (Alone()) return;
  std::vector<double> values;
  for (const auto& [name, value] : report) values.push_back(value);
  auto packed = torch::tensor(values, torch::kFloat64).to(Current().device);
  SumOverRanks({packed});
  packed = packed.div_(static_cast<double>(ThisRank().count)).to(torch::kCPU);
  int64_t i = 0;
  for (auto& [name, value] : report) value = packed[i++].item<double>();
}

bool AnyRank(bool here) {
  if (Alone()) return here;
  auto count = torch::full({}, here ? 1 : 0, torch::dtype(torch::kInt64).device(Current().device));
  SumOverRanks({count});
  return count.item<int64_t>() > 0;
}

void ExpectSameOnAllRanks(int64_t value, const std::string& what) {
  if (Alone()) return;
  auto first = torch::full({}, value, torch::dtype(torch::kInt64).device(Current().device));
  CopyFromFirstRank({first});
  const auto wanted = first.item<int64_t>();
  if (AnyRank(value != wanted)) {
    throw std::runtime_error(
        fmt::format("{} is {} on rank {} and {} on rank 0", what, value, ThisRank().index, wanted));
  }
}

torch::Tensor RowsOfAllRanks(const torch::Tensor& rows, const torch::Tensor& indices) {
  if (Alone()) return rows.index_select(0, indices);
  const int64_t first = ThisRank().index * rows.size(0);
  const auto own = (indices >= first) & (indices < first + rows.size(0));
  auto chosen = rows.index_select(0, (indices - first).clamp(0, rows.size(0) - 1));
  chosen = torch::where(own.unsqueeze(1), chosen, torch::zeros_like(chosen)).contiguous();
  SumOverRanks({chosen});  // zeros but for one rank
  return chosen;
}

}  // namespace motet::trainer

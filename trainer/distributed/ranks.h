// The processes that train one model together, on one machine or on several, through LibTorch's
// c10d. Each is a rank. They hold the same weights and codebooks, bit for bit, and take different
// parts of a batch; what depends on the whole batch is summed over them.
//
// A process that has not joined others is the only rank: every function here then leaves its
// argument alone, and code needs no second path.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

namespace motet::trainer {

struct Rank {
  int64_t index = 0, count = 1;
  int64_t local = 0;  // index on this machine, which chooses the GPU
};

// From RANK, WORLD_SIZE and LOCAL_RANK as torchrun sets them; one rank when they are not set.
// Throws std::runtime_error that names the variable that is missing or wrong.
Rank RankFromEnvironment();

// The device called `name`: auto (CUDA if there is one), cpu or cuda. Ranks of one machine take
// different GPUs. Throws std::runtime_error on a device that is not there.
torch::Device ChooseDevice(const std::string& name, const Rank& rank);

// Waits for all ranks at MASTER_ADDR:MASTER_PORT, where rank 0 listens (or torchrun's agent). Uses
// NCCL on CUDA and Gloo on the CPU. Does nothing for one rank. Throws std::runtime_error.
void JoinRanks(const Rank& rank, torch::Device device);
// Waits for the others and disconnects.
void LeaveRanks();
// Who this process is since JoinRanks().
const Rank& ThisRank();
// Rank 0 alone writes logs and checkpoints.
inline bool IsFirstRank() { return ThisRank().index == 0; }

// While one lives, this process is the only rank to the functions below: for what rank 0 does while
// the others wait, such as validation, and for steps that every rank takes by itself.
class AloneGuard {
 public:
  AloneGuard();
  ~AloneGuard();
  AloneGuard(const AloneGuard&) = delete;
  AloneGuard& operator=(const AloneGuard&) = delete;

 private:
  Rank rank_;
};

// Whether there are other ranks that an AloneGuard hides.
bool IsApart();

// Every rank must call these in the same order with tensors of the same shapes. The result is the
// same on all, bit for bit.

// In place.
void SumOverRanks(const std::vector<torch::Tensor>& tensors);
// The mean of x over the ranks. Gradients pass: the loss of every rank counts.
torch::Tensor MeanOverRanks(const torch::Tensor& x);
// In place: what rank 0 holds.
void CopyFromFirstRank(const std::vector<torch::Tensor>& tensors);
// In place: the mean over the ranks, in buckets of 4 MiB. All of one floating-point type.
void AverageOverRanks(const std::vector<torch::Tensor>& tensors);
// Means of a report's numbers; every rank must have the same names.
void AverageReport(std::map<std::string, double>& report);
// Whether any rank says so.
bool AnyRank(bool here);
// Throws std::runtime_error on every rank when `value` differs between them.
void ExpectSameOnAllRanks(int64_t value, const std::string& what);

// Rows `indices` of all ranks' rows, where rank r holds rows r·n … (r+1)·n−1 as `rows` [n, C]. The
// same `indices` on every rank.
torch::Tensor RowsOfAllRanks(const torch::Tensor& rows, const torch::Tensor& indices);

}  // namespace motet::trainer

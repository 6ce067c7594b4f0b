// Writes a small run into the folder that is its argument, for tensorboard_test.sh to read.
#include <cmath>
#include <cstdio>
#include <exception>

#include "logging/run_log.h"

using motet::logging::RunLog;
using motet::logging::Sound;

namespace {

// Left a tone of `hz`, right silence.
Sound Tone(double hz) {
  Sound sound{44100, {std::vector<float>(22050), std::vector<float>(22050)}};
  for (std::size_t i = 0; i < sound.frames(); ++i)
    sound.channels[0][i] =
        static_cast<float>(0.5 * std::sin(2 * M_PI * hz * static_cast<double>(i) / 44100));
  return sound;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    {
      RunLog log(argv[1], 0, {{"seed", 1}});
      log.Start({{"device", "cpu"}});
      for (int step = 10; step <= 50; step += 10)
        log.Training({{"step", step}, {"loss", 100.0 / step}, {"learning_rate", 1e-3}});
      log.Validation({{"step", 50}, {"mel", {{"6", 2.5}}}, {"perplexity", {120.0, 130.5}}});
      log.Sample(50, "first", Tone(440), Tone(880), true);
    }
    RunLog resumed(argv[1], 30, {{"seed", 1}});  // forgets steps 40 and 50
    resumed.Training({{"step", 40}, {"loss", -40.0}, {"learning_rate", 1e-4}});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

#include "audio/sound_output.h"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef MOTET_HAVE_SDL2
#include <dlfcn.h>
#define SDL_MAIN_HANDLED
#include <SDL2/SDL.h>
#include <unistd.h>
#endif

namespace motet::cli {

#ifdef MOTET_HAVE_SDL2
namespace {

constexpr int kBufferFrames = 1024;     // that SDL gives the device at once
constexpr int kMostQueued = 44100 / 2;  // frames, before Play waits
constexpr useconds_t kLook = 5000;      // microseconds between two looks at what is left

// The functions of SDL that are used.
struct Sdl {
  decltype(&SDL_SetHint) set_hint = nullptr;
  decltype(&SDL_Init) init = nullptr;
  decltype(&SDL_Quit) quit = nullptr;
  decltype(&SDL_GetError) get_error = nullptr;
  decltype(&SDL_OpenAudioDevice) open = nullptr;
  decltype(&SDL_CloseAudioDevice) close = nullptr;
  decltype(&SDL_PauseAudioDevice) pause = nullptr;
  decltype(&SDL_QueueAudio) queue = nullptr;
  decltype(&SDL_GetQueuedAudioSize) queued = nullptr;

  // Null pointers where the library is missing. It stays loaded to the end.
  static Sdl Load() {
    Sdl sdl;
    void* library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return sdl;
    const auto find = [library](auto& function, const char* name) {
      function =
          reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    };
    find(sdl.set_hint, "SDL_SetHint");
    find(sdl.init, "SDL_Init");
    find(sdl.quit, "SDL_Quit");
    find(sdl.get_error, "SDL_GetError");
    find(sdl.open, "SDL_OpenAudioDevice");
    find(sdl.close, "SDL_CloseAudioDevice");
    find(sdl.pause, "SDL_PauseAudioDevice");
    find(sdl.queue, "SDL_QueueAudio");
    find(sdl.queued, "SDL_GetQueuedAudioSize");
    return sdl;
  }
  bool is_complete() const {
    return set_hint != nullptr && init != nullptr && quit != nullptr && get_error != nullptr &&
           open != nullptr && close != nullptr && pause != nullptr && queue != nullptr &&
           queued != nullptr;
  }
};

}  // namespace

struct SoundOutput::State {
  Sdl sdl;
  SDL_AudioDeviceID device = 0;
  size_t frame_bytes = 0;
  size_t channels = 0;
  int rate = 0;
  bool sounds = false;
  std::vector<float> interleaved;

  size_t queued_frames() const { return sdl.queued(device) / frame_bytes; }
};

SoundOutput::SoundOutput(std::unique_ptr<State> state) : state_(std::move(state)) {}
SoundOutput::~SoundOutput() {
  if (state_->device != 0) state_->sdl.close(state_->device);
  state_->sdl.quit();
}

Result<std::unique_ptr<SoundOutput>> SoundOutput::Open(int sample_rate, int channels) {
  const Sdl sdl = Sdl::Load();
  if (!sdl.is_complete()) {
    return Status(StatusCode::kNotFound,
                  "playing needs the library SDL 2, which was not found (Debian: libsdl2-2.0-0)");
  }
  sdl.set_hint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");  // an interrupt ends the program
  const auto fault = [&sdl] {
    return Status(StatusCode::kIo, std::string("no sound device can be used: ") + sdl.get_error());
  };
  if (sdl.init(SDL_INIT_AUDIO) != 0) return fault();
  auto state = std::make_unique<State>();
  state->sdl = sdl;
  state->channels = static_cast<size_t>(channels);
  state->frame_bytes = sizeof(float) * state->channels;
  state->rate = sample_rate;
  std::unique_ptr<SoundOutput> output(new SoundOutput(std::move(state)));
  SDL_AudioSpec wanted{};
  wanted.freq = sample_rate;
  wanted.format = AUDIO_F32SYS;
  wanted.channels = static_cast<Uint8>(channels);
  wanted.samples = kBufferFrames;
  SDL_AudioSpec got{};
  output->state_->device = sdl.open(nullptr, 0, &wanted, &got, 0);
  if (output->state_->device == 0) return fault();
  return output;
}

Status SoundOutput::Play(const float* const* pcm, size_t frames) {
  State& s = *state_;
  s.interleaved.resize(frames * s.channels);
  for (size_t channel = 0; channel < s.channels; ++channel) {
    for (size_t i = 0; i < frames; ++i) s.interleaved[i * s.channels + channel] = pcm[channel][i];
  }
  if (s.sdl.queue(s.device, s.interleaved.data(), static_cast<Uint32>(frames * s.frame_bytes)) != 0)
    return {StatusCode::kIo, std::string("cannot play: ") + s.sdl.get_error()};
  if (!std::exchange(s.sounds, true)) s.sdl.pause(s.device, 0);
  while (s.queued_frames() > kMostQueued) usleep(kLook);
  return {};
}

void SoundOutput::Drain() {
  State& s = *state_;
  while (s.sounds && s.queued_frames() > 0) usleep(kLook);
  // What SDL and the device hold is not in the queue any more.
  if (s.sounds) usleep(static_cast<useconds_t>(3LL * kBufferFrames * 1000000 / s.rate));
}

#else  // without SDL's headers

struct SoundOutput::State {};
SoundOutput::SoundOutput(std::unique_ptr<State> state) : state_(std::move(state)) {}
SoundOutput::~SoundOutput() = default;
Result<std::unique_ptr<SoundOutput>> SoundOutput::Open(int /*sample_rate*/, int /*channels*/) {
  return Status(StatusCode::kNotFound, "this motet was built without SDL 2, and cannot play");
}
Status SoundOutput::Play(const float* const* /*pcm*/, size_t /*frames*/) { return {}; }
void SoundOutput::Drain() {}

#endif

}  // namespace motet::cli

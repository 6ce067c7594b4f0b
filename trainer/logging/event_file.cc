#include "logging/event_file.h"

#include <unistd.h>

#include <array>
#include <chrono>

#include "event.pb.h"

namespace motet::logging {
namespace {

using tensorboard::Event;
using tensorboard::Summary;

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::filesystem::path NewFile(const std::filesystem::path& dir) {
  std::filesystem::create_directories(dir);
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '-';
  const std::string stem = "events.out.tfevents." +
                           std::to_string(static_cast<std::int64_t>(Now())) + "." + host.data() +
                           "." + std::to_string(getpid());
  std::filesystem::path path = dir / stem;
  for (int i = 1; std::filesystem::exists(path); ++i) path = dir / (stem + "." + std::to_string(i));
  return path;
}

void Write(RecordFile& file, Event& event, std::int64_t step) {
  event.set_wall_time(Now());
  event.set_step(step);
  file.Write(event.SerializeAsString());
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& dir, std::int64_t first_step)
    : file_(NewFile(dir)) {
  Event version;
  version.set_file_version("brain.Event:2");
  Write(file_, version, 0);
  Event start;
  start.mutable_session_log()->set_status(tensorboard::SessionLog::START);
  Write(file_, start, first_step);
  Flush();
}

void EventFile::Scalar(const std::string& tag, std::int64_t step, double value) {
  Event event;
  Summary::Value* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  entry->set_simple_value(static_cast<float>(value));
  Write(file_, event, step);
}

void EventFile::Image(const std::string& tag, std::int64_t step, const RgbImage& image) {
  Event event;
  Summary::Value* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  Summary::Image* stored = entry->mutable_image();
  stored->set_height(image.height);
  stored->set_width(image.width);
  stored->set_colorspace(3);
  stored->set_encoded_image_string(EncodePng(image));
  Write(file_, event, step);
}

void EventFile::Audio(const std::string& tag, std::int64_t step, const Sound& sound) {
  Event event;
  Summary::Value* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  Summary::Audio* stored = entry->mutable_audio();
  stored->set_sample_rate(static_cast<float>(sound.sample_rate));
  stored->set_num_channels(static_cast<std::int64_t>(sound.channels.size()));
  stored->set_length_frames(static_cast<std::int64_t>(sound.frames()));
  stored->set_encoded_audio_string(EncodeWav(sound));
  stored->set_content_type("audio/wav");
  Write(file_, event, step);
}

void EventFile::Text(const std::string& tag, std::int64_t step, const std::string& text) {
  Event event;
  Summary::Value* entry = event.mutable_summary()->add_value();
  entry->set_tag(tag);
  entry->mutable_metadata()->mutable_plugin_data()->set_plugin_name("text");
  tensorboard::TensorProto* tensor = entry->mutable_tensor();
  tensor->set_dtype(tensorboard::TensorProto::DT_STRING);
  tensor->mutable_tensor_shape()->add_dim()->set_size(1);
  tensor->add_string_val(text);
  Write(file_, event, step);
}

}  // namespace motet::logging

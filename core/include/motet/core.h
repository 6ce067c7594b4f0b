// All of the C++ interface of libmotet. (motet/motet.h is that for C.)
#pragma once

#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/feature_reader.h"
#include "motet/model.h"
#include "motet/page_search.h"
#include "motet/status.h"
#include "motet/stream.h"
#include "motet/stream_decoder.h"
#include "motet/stream_encoder.h"
#include "motet/version.h"

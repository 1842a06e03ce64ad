#pragma once

#include <zlib.h>

// zlib's initialiser is a macro, which Swift cannot call. 16 more window bits: gzip's header and nothing else.
static inline int czlib_begin_gunzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

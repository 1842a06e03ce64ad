import CZlib

/// Takes gzip off a request, which Connect's clients put on by default.
enum Gzip {
    /// - Parameter limit: more bytes than this are refused: a small body may stand for gigabytes.
    static func decompressed(_ bytes: some Collection<UInt8>, limit: Int) throws(ServiceError) -> [UInt8] {
        var stream = z_stream()
        guard czlib_begin_gunzip(&stream) == Z_OK else { throw ServiceError(.internal, "zlib cannot be initialised") }
        defer { inflateEnd(&stream) }
        var input = Array(bytes)
        var output: [UInt8] = []
        var code = Z_OK
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while code == Z_OK && output.count <= limit {
                chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = UInt32(clamping: chunk.count)
                    code = inflate(&stream, Z_NO_FLUSH)
                    output.append(contentsOf: chunk.prefix(chunk.count - Int(stream.avail_out)))
                }
            }
        }
        guard output.count <= limit else {
            throw ServiceError(.resourceExhausted, "the decompressed body is over \(limit) bytes", status: 413)
        }
        guard code == Z_STREAM_END, stream.avail_in == 0 else {
            throw .invalid("the body is not gzip, though the request says so")
        }
        return output
    }
}
